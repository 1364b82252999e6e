import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface ProcessCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessEvents {
  line(text: string, stream: 'out' | 'error'): void;
  /** It ended by itself and is started again in `restartInMs`. `restarts` counts this one. */
  died(exit: ProcessExit, restarts: number, restartInMs: number): void;
  started(pid: number): void;
}

const FIRST_BACKOFF_MS = 200;
const LAST_BACKOFF_MS = 30_000;
/** Having lived this long, a process is taken for well: the next restart comes quickly again. */
const WELL_AFTER_MS = 20_000;

/**
 * A process that is started again, with growing pauses, until it is stopped.
 *
 * It has a session of its own, so that a Ctrl-C in the terminal reaches only the supervisor, which ends everything in
 * order. Its standard input is a pipe that nobody writes to: it ends with the supervisor, by kill -9 too, and the
 * process ends itself then.
 */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;
  private startedAt = 0;
  private backoffMs = FIRST_BACKOFF_MS;
  restarts = 0;

  constructor(
    private readonly command: ProcessCommand,
    private readonly events: ProcessEvents,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(): void {
    const { file, args, environment, directory } = this.command;
    this.startedAt = Date.now();
    const child = spawn(file, [...args], {
      cwd: directory,
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.child = child;
    child.stdin.on('error', () => undefined);
    this.readLines(child.stdout, 'out');
    this.readLines(child.stderr, 'error');
    this.exited = new Promise((resolve) => {
      const ended = (exit: ProcessExit): void => {
        if (this.child !== child) return;
        this.child = undefined;
        resolve();
        if (!this.stopping) this.restart(exit);
      };
      child.once('exit', (code, signal) => ended({ code, signal }));
      child.once('error', (error) => {
        this.events.line(`cannot be started: ${error.message}`, 'error');
        ended({ code: null, signal: null });
      });
    });
    if (child.pid !== undefined) this.events.started(child.pid);
  }

  /** SIGTERM, and SIGKILL at the deadline. True where it ended by itself. */
  async stop(deadlineMs: number): Promise<boolean> {
    this.stopping = true;
    clearTimeout(this.timer);
    this.child?.kill('SIGTERM');
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.kill();
    }, deadlineMs);
    await this.exited;
    clearTimeout(timer);
    return !late;
  }

  /** Ends it at once; it is not started again. */
  kill(): void {
    this.stopping = true;
    clearTimeout(this.timer);
    this.child?.kill('SIGKILL');
  }

  private restart(exit: ProcessExit): void {
    if (Date.now() - this.startedAt >= WELL_AFTER_MS) this.backoffMs = FIRST_BACKOFF_MS;
    const pauseMs = this.backoffMs;
    this.backoffMs = Math.min(LAST_BACKOFF_MS, pauseMs * 2);
    this.restarts += 1;
    this.timer = setTimeout(() => this.start(), pauseMs);
    this.events.died(exit, this.restarts, pauseMs);
  }

  private readLines(stream: Readable, name: 'out' | 'error'): void {
    stream.on('error', () => undefined);
    createInterface({ input: stream }).on('line', (line) => this.events.line(line, name));
  }
}
