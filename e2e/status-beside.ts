import { spawn } from 'node:child_process';
import path from 'node:path';
import { freePorts } from '@muster/local-kafka';
import { waitFor } from '@muster/testing';

const statusMain = path.resolve(import.meta.dirname, '../apps/status-service/dist/main.js');

export interface StatusBeside {
  readonly url: string;
  stop(): Promise<number | null>;
}

/** A status-service of its own, on a database that no cluster of ours runs on. Resolves when it answers. */
export async function startStatus(environment: Record<string, string>): Promise<StatusBeside> {
  const [port] = await freePorts(1);
  const child = spawn(process.execPath, [statusMain], {
    env: { ...process.env, MUSTER_PORT: String(port), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(`${url}/health/ready`)).ok, {
    what: () => `a ready status-service; it printed:\n${output}`,
  });
  return {
    url,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
