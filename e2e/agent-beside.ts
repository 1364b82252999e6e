import { spawn } from 'node:child_process';
import path from 'node:path';

const agentMain = path.resolve(import.meta.dirname, '../apps/sync-agent/dist/main.js');

/** Below the range from which the system gives out ports, above those of the clusters. */
let nextPort = 32_100 + Math.floor(Math.random() * 500);

export interface AgentBeside {
  readonly url: string;
  output: string;
  readonly ended: Promise<number | null>;
  stop(): Promise<number | null>;
}

/** An agent of its own, beside a cluster. */
export function startAgent(environment: Record<string, string>): AgentBeside {
  const port = nextPort++;
  const child = spawn(process.execPath, [agentMain], {
    env: { ...process.env, MUSTER_PORT: String(port), MUSTER_DRIFT_PERIOD: '1s', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const agent: AgentBeside = {
    url: `http://127.0.0.1:${port}`,
    output: '',
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
  child.stdout.on('data', (chunk: Buffer) => (agent.output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (agent.output += chunk.toString()));
  return agent;
}
