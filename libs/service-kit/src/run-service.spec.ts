import { temporaryDirectory, waitFor } from '@muster/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const packageDirectory = path.resolve(import.meta.dirname, '..');

/** A service as a process: what a service's main.ts is, with paths to break it by. */
const MAIN = `
import { Module } from '${pathToFileURL(path.join(packageDirectory, '../../node_modules/@nestjs/common/index.js'))}';
import { baseConfigSchema, runService } from '${pathToFileURL(path.join(packageDirectory, 'dist/index.js'))}';
class Empty {}
Module({})(Empty);
await runService({
  name: 'probe',
  schema: baseConfigSchema,
  module(config, kit) {
    kit.shutdown.register('closer', async () => {
      kit.logger.info('closer runs');
      if (process.env.STUCK) await new Promise((resolve) => setTimeout(resolve, 8000));
    });
    if (process.env.REJECT) setTimeout(() => Promise.reject(new Error('nobody waits')), 50);
    if (process.env.THROW) setTimeout(() => { throw new Error('nobody catches'); }, 50);
    return Empty;
  },
});
`;

interface Run {
  readonly child: ChildProcess;
  output: string;
  readonly ended: Promise<number | string | null>;
}

async function run(environment: Record<string, string> = {}): Promise<Run> {
  const main = path.join(await temporaryDirectory('service'), 'main.mjs');
  await writeFile(main, MAIN);
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, MUSTER_PORT: '0', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<number | string | null>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? code)),
  );
  const state: Run = { child, output: '', ended };
  child.stdout.on('data', (chunk: Buffer) => (state.output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (state.output += chunk.toString()));
  return state;
}

async function running(environment: Record<string, string> = {}): Promise<Run> {
  const state = await run(environment);
  await waitFor(() => state.output.includes('probe listens on'), { what: 'the service to listen' });
  return state;
}

describe('runService', () => {
  it('ends in order on SIGTERM and on SIGINT', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const state = await running();
      state.child.kill(signal);
      expect(await state.ended).toBe(0);
      expect(state.output).toMatch(/closer runs[^]*"msg":"ended"/);
    }
  });

  it('takes a doubled signal for one, and ends at once on a later second', async () => {
    const state = await running({ STUCK: 'yes' });
    state.child.kill('SIGINT');
    state.child.kill('SIGINT');
    await waitFor(() => state.output.includes('closer runs'), { what: 'the closer' });
    const again = setInterval(() => state.child.kill('SIGINT'), 100);
    expect(await state.ended.finally(() => clearInterval(again))).toBe(1);
    expect(state.output).toContain('SIGINT again');
  });

  it('ends when the supervisor at the other end of its standard input is gone', async () => {
    const state = await running({ MUSTER_SUPERVISED: 'stdin' });
    state.child.stdout?.destroy();
    state.child.stdin?.end();
    expect(await state.ended).toBe(0);
    const free = await running();
    free.child.stdin?.end();
    free.child.kill('SIGTERM');
    expect(await free.ended).toBe(0);
    expect(free.output).not.toContain('supervisor');
  });

  it.each(['REJECT', 'THROW'])('says what nobody caught and exits 1 (%s)', async (name) => {
    const state = await run({ [name]: 'yes' });
    expect(await state.ended).toBe(1);
    expect(state.output).toMatch(/"level":"fatal".*nobody (?:waits|catches)/);
  });

  it('says in one line that its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await waitFor(() => server.listening, { what: 'a taken port' });
    const { port } = server.address() as AddressInfo;
    const state = await run({ MUSTER_PORT: String(port), MUSTER_LOG_LEVEL: 'silent' });
    expect(await state.ended).toBe(1);
    expect(state.output).toMatch(new RegExp(`^probe: port ${port} of 127.0.0.1 is taken[^\\n]*\\n$`));
  });

  it('lists what is wrong with its configuration', async () => {
    const state = await run({ MUSTER_PORT: 'x', MUSTER_INSECURE_BIND: 'perhaps' });
    expect(await state.ended).toBe(1);
    expect(state.output).toMatch(
      /^probe: bad configuration:\n {2}MUSTER_PORT takes .*\n {2}MUSTER_INSECURE_BIND takes yes or no\n$/,
    );
  });
});
