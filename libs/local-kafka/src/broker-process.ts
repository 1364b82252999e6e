import { spawn, type ChildProcessByStdio } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { DirectoryLock } from './directory-lock.js';
import type { KafkaCommand } from './kafka-command.js';

const KEPT_LINES = 40;

export interface BrokerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A broker as a child in a session of its own: a Ctrl-C in the terminal reaches whoever started it and not the broker, so
 * services can still use it while they end. A guard beside it ends it if this process dies without `stop`, by kill -9 too:
 * the guard reads a pipe whose other end only this process holds.
 */
export class BrokerProcess {
  readonly pid: number;
  readonly exited: Promise<BrokerExit>;
  /** Warnings and errors: the reason of an end. */
  readonly lastLines: string[] = [];

  private constructor(
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
    pid: number,
    configuration: string,
  ) {
    this.pid = pid;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lastLines.push(line);
        if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
      });
    }
    const endGuard = startGuard(pid, configuration);
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        endGuard();
        resolve({ code, signal });
      });
    });
  }

  /** `configuration` is the file named last in the command: it tells the broker from another process with its old pid. */
  static async spawn({ file, args }: KafkaCommand, lock: DirectoryLock, configuration: string): Promise<BrokerProcess> {
    const child = spawn(file, [...args], {
      cwd: path.dirname(configuration),
      detached: true,
      // The broker inherits the lock, and so keeps it after this process.
      stdio: ['ignore', 'pipe', 'pipe', lock.descriptor],
    }) as ChildProcessByStdio<null, Readable, Readable>;
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    if (child.pid === undefined) throw new Error('a spawned process has no pid');
    return new BrokerProcess(child, child.pid, configuration);
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.child.kill(signal);
  }

  /** Whether it has ended within the time. */
  async endsWithin(deadlineMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), deadlineMs);
    });
    const ended = await Promise.race([this.exited.then(() => true as const), late]);
    clearTimeout(timer);
    return ended;
  }
}

/** Answers the function that ends the guard, for a broker that has ended by itself. */
function startGuard(brokerPid: number, configuration: string): () => void {
  const script =
    'cat >/dev/null; command=$(cat "/proc/$1/cmdline" 2>/dev/null || ps -o args= -p "$1"); ' +
    'case "$command" in *"$2"*) kill -TERM "$1"; sleep 15; kill -KILL "$1" 2>/dev/null ;; esac';
  const guard = spawn('/bin/sh', ['-c', script, 'kafka-guard', String(brokerPid), configuration], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.once('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  // The broker keeps this process alive until it is stopped; its guard does not.
  (guard.stdin as unknown as { unref(): void }).unref();
  return () => guard.stdin.end();
}
