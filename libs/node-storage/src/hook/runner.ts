/**
 * Runs one hook for a parent that may die. The parent's end of standard input closes then: the hook's process group is
 * ended, and only after that this process exits, and with it the last descriptor (3) of the storage's lock. The hook itself
 * does not inherit that descriptor. Started by `CommandHook`, in a session of its own.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { lastOutput } from './output-tail.js';
import { endGroup } from './process-group.js';
import type { RunnerJob, RunnerMessage } from './runner-protocol.js';

/** How long output may still come after the hook's own end: what it left in the background keeps the pipe open. */
const DRAIN_MS = 100;

process.title = 'muster-hook-runner';
let group: number | undefined;
let ending: Promise<void> | undefined;
let graceMs = 0;

function tell(message: RunnerMessage): void {
  try {
    writeSync(1, `${JSON.stringify(message)}\n`);
  } catch {
    // The parent is dead; there is nobody to tell.
  }
}

function end(): Promise<void> {
  ending ??= group === undefined ? Promise.resolve() : endGroup(group, graceMs);
  return ending;
}

async function endAndExit(): Promise<void> {
  await end();
  process.exit(1);
}

function run(job: RunnerJob): void {
  graceMs = job.graceMs;
  const hook = spawn('/bin/sh', ['-c', job.command], {
    detached: true,
    env: job.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  group = hook.pid;
  hook.once('error', (error) => {
    tell({ kind: 'not-started', detail: error.message });
    process.exit(1);
  });
  if (group === undefined) return;
  tell({ kind: 'started', pid: group });
  supervise(hook, job.timeoutMs);
}

function supervise(hook: ChildProcessByStdio<null, Readable, Readable>, timeoutMs: number): void {
  let output = Buffer.alloc(0);
  let timedOut = false;
  for (const stream of [hook.stdout, hook.stderr]) {
    stream.on('data', (chunk: Buffer) => (output = lastOutput(output, chunk)));
  }
  const deadline = setTimeout(() => {
    timedOut = true;
    void end();
  }, timeoutMs);
  const closed = new Promise((resolve) => hook.once('close', resolve));
  hook.once('exit', (code, signal) => {
    clearTimeout(deadline);
    void Promise.race([closed, pause(DRAIN_MS)])
      .then(() => ending)
      .then(() => {
        tell({ kind: 'ended', code, signal, timedOut, output: output.toString('utf8').trim() });
        process.exit(0);
      });
  });
}

let line = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text: string) => {
  const before = line;
  line += text;
  const newline = line.indexOf('\n');
  if (newline >= 0 && !before.includes('\n')) run(JSON.parse(line.slice(0, newline)) as RunnerJob);
});
process.stdin.once('close', () => void endAndExit());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void endAndExit());
