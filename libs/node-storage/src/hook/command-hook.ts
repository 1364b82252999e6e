import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { DeployHook, HookContext, HookResult } from '../ports.js';
import { lastOutput } from './output-tail.js';
import { signalGroup } from './process-group.js';
import type { RunnerJob, RunnerMessage } from './runner-protocol.js';

/** The runner is a program of its own: the compiled one also serves code that runs from its sources. */
const RUNNER = fileURLToPath(new URL('../../dist/hook/runner.js', import.meta.url));

/** Beyond the hook's deadline and grace, for the runner itself. */
export const RUNNER_MARGIN_MS = 10_000;

/** Secrets of the service that a hook has no use for. */
const SECRET = /DATABASE_URL|PASSWORD|SECRET|TOKEN/i;

type Failure = Extract<HookResult, { ok: false }>['code'];

/**
 * A hook that is a command line. It runs under a runner that holds a duplicate of the lock's descriptor, so the lock
 * outlives this process until the hook's process group is dead.
 */
export class CommandHook implements DeployHook {
  constructor(
    private readonly command: string,
    private readonly timeoutMs: number,
    private readonly graceMs: number,
  ) {}

  async run(context: HookContext, lockFd: number): Promise<HookResult> {
    const began = performance.now();
    const outcome = await this.supervise(context, lockFd);
    const durationMs = performance.now() - began;
    if (outcome === undefined) return { ok: true, durationMs };
    return { ok: false, code: outcome.code, detail: `the ${context.action} hook ${outcome.detail}`, durationMs };
  }

  private supervise(context: HookContext, lockFd: number): Promise<{ code: Failure; detail: string } | undefined> {
    const runner = startRunner(lockFd);
    let group: number | undefined;
    let last: RunnerMessage | undefined;
    let complaint = Buffer.alloc(0);
    const deadline = setTimeout(() => runner.kill('SIGKILL'), this.timeoutMs + this.graceMs + RUNNER_MARGIN_MS);
    createInterface({ input: runner.stdout }).on('line', (line) => {
      last = JSON.parse(line) as RunnerMessage;
      if (last.kind === 'started') group = last.pid;
    });
    runner.stderr.on('data', (chunk: Buffer) => (complaint = lastOutput(complaint, chunk)));
    runner.stdin.on('error', () => undefined);
    runner.stdin.write(`${JSON.stringify(this.job(context))}\n`);
    return new Promise((resolve) => {
      runner.once('error', (error) => {
        clearTimeout(deadline);
        resolve({ code: 'hook-not-started', detail: `could not be started: ${error.message}` });
      });
      runner.once('close', () => {
        clearTimeout(deadline);
        if (last?.kind === 'started' && group !== undefined) signalGroup(group, 'SIGKILL');
        resolve(this.outcome(last, complaint.toString('utf8').trim()));
      });
    });
  }

  private outcome(last: RunnerMessage | undefined, complaint: string): { code: Failure; detail: string } | undefined {
    if (last === undefined)
      return { code: 'hook-not-started', detail: `was not started: ${complaint || 'its runner died'}` };
    if (last.kind === 'not-started') return { code: 'hook-not-started', detail: `was not started: ${last.detail}` };
    if (last.kind === 'started') return { code: 'hook-failed', detail: 'lost its runner, and was ended with it' };
    const output = last.output === '' ? '' : `: ${JSON.stringify(last.output)}`;
    if (last.timedOut)
      return { code: 'hook-timeout', detail: `did not end within ${this.timeoutMs} ms and was ended${output}` };
    if (last.code === 0) return undefined;
    const end = last.signal === null ? `exited ${last.code}` : `was ended by ${last.signal}`;
    return { code: 'hook-failed', detail: `${end}${output}` };
  }

  private job(context: HookContext): RunnerJob {
    const { command, timeoutMs, graceMs } = this;
    return { command, environment: environmentOf(context), timeoutMs, graceMs };
  }
}

function startRunner(lockFd: number): ChildProcessByStdio<Writable, Readable, Readable> {
  const options = { detached: true, stdio: ['pipe', 'pipe', 'pipe', lockFd] as ['pipe', 'pipe', 'pipe', number] };
  return spawn(process.execPath, [RUNNER], options) as unknown as ChildProcessByStdio<Writable, Readable, Readable>;
}

function environmentOf(context: HookContext): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !SECRET.test(name)) environment[name] = value;
  }
  return {
    ...environment,
    MUSTER_ACTION: context.action,
    MUSTER_EXTENSION: context.extension,
    MUSTER_VERSION: context.version,
    MUSTER_PATH: context.path,
    MUSTER_REVISION: String(context.revision),
    MUSTER_NODE: context.node,
  };
}
