import { Worker } from 'node:worker_threads';
import { MusterError } from '@muster/contracts';
import { EntryTurns } from '../archive/entry-turns.js';
import { PackageRefused, quoted } from '../package-refused.js';
import type { PackageLimits } from '../package-reader.js';
import type { ReaderAnswer, ThreadJob } from './reader-job.js';

const START_TIMEOUT_MS = 30_000;

/** Small, for each collection frees buffers outside the heap too: with Node's 48 MB two threads held twice as many of them. */
const YOUNG_GENERATION_MB = 4;

/** How long a thread that is to end may take for the entry that it reads now. */
const STOP_TIMEOUT_MS = 250;

interface Pending {
  readonly job: ThreadJob;
  resolve(answer: ReaderAnswer): void;
  reject(reason: unknown): void;
  timer: NodeJS.Timeout;
}

/**
 * One worker thread, one job at a time. A job ends in an answer or with the thread: after a time-out, an abort or a death the
 * promise is settled only when the thread has ended, so that whoever then removes the directory has no writer in it.
 *
 * A thread that works is asked to stop before it is ended by force: where that meets the moment between the making of an
 * inflate handle and its setting up, Node 20 aborts the whole process ("close before init").
 */
export class ReaderThread {
  readonly #worker: Worker;
  #pending: Pending | undefined;
  readonly #exited: Promise<void>;
  #ready = false;
  #ended = false;
  #force: NodeJS.Timeout | undefined;
  #lastFile: string | undefined;
  #reason: unknown;
  #error: Error | undefined;

  constructor(private readonly limits: PackageLimits) {
    this.#worker = new Worker(workerUrl(), {
      resourceLimits: { maxOldGenerationSizeMb: limits.workerHeapMb, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      // Strangers' bytes are read here: no secret of the process is at hand.
      env: {},
      execArgv: [],
    });
    this.#worker.on('message', (answer: ReaderAnswer | 'ready') => this.#receive(answer));
    this.#worker.on('error', (error) => {
      this.#error = error instanceof Error ? error : new Error(String(error));
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#onExit();
        resolve();
      });
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** The zip of its latest job. */
  get lastFile(): string | undefined {
    return this.#lastFile;
  }

  run(job: ThreadJob, signal?: AbortSignal): Promise<ReaderAnswer> {
    this.#worker.ref();
    this.#lastFile = job.zipFile;
    const onAbort = (): unknown => this.end(signal?.reason);
    return new Promise<ReaderAnswer>((resolve, reject) => {
      const timer = this.#ready ? this.#jobTimer(job) : this.#startTimer();
      this.#pending = { job, resolve, reject, timer };
      if (this.#ended) return this.#onExit();
      signal?.addEventListener('abort', onAbort, { once: true });
      if (this.#ready) this.#send(job);
    }).finally(() => signal?.removeEventListener('abort', onAbort));
  }

  /** Lets the process end although this thread waits for another job. */
  rest(): void {
    this.#worker.unref();
  }

  /** Ends the thread; its job, if any, is rejected with the reason. Resolves when it has ended. */
  end(reason?: unknown): Promise<void> {
    this.#reason ??= reason;
    if (this.#pending === undefined || !this.#ready) void this.#worker.terminate();
    else {
      new EntryTurns(this.#pending.job.turns, false).stop();
      this.#force ??= setTimeout(() => void this.#worker.terminate(), STOP_TIMEOUT_MS);
    }
    return this.#exited;
  }

  #send(job: ThreadJob): void {
    // A thread's port has no origin; the rule means windows.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#worker.postMessage(job);
  }

  #receive(answer: ReaderAnswer | 'ready'): void {
    const pending = this.#pending;
    if (answer === 'ready') {
      this.#ready = true;
      if (pending === undefined) return;
      clearTimeout(pending.timer);
      pending.timer = this.#jobTimer(pending.job);
      this.#send(pending.job);
      return;
    }
    if (this.#force !== undefined) {
      void this.#worker.terminate();
      return;
    }
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    this.#pending = undefined;
    pending.resolve(answer);
  }

  #onExit(): void {
    this.#ended = true;
    clearTimeout(this.#force);
    const pending = this.#pending;
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    this.#pending = undefined;
    pending.reject(this.#reason ?? this.#death(pending.job));
  }

  #jobTimer(job: ThreadJob): NodeJS.Timeout {
    const { timeoutMs } = this.limits;
    return setTimeout(() => {
      void this.end(
        new PackageRefused('archive-timeout', `reading ${quoted(job.zipFile)} took longer than ${timeoutMs} ms`, {
          limit: timeoutMs,
          remedy: 'Make the package smaller, or raise MUSTER_ARCHIVE_TIMEOUT.',
        }),
      );
    }, timeoutMs);
  }

  #startTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      void this.end(notStarted(`the package reader's worker did not start within ${START_TIMEOUT_MS} ms`));
    }, START_TIMEOUT_MS);
  }

  #death(job: ThreadJob): MusterError {
    const cause = this.#error;
    const why = cause?.message ?? 'the worker ended';
    if (!this.#ready) return notStarted(`the package reader's worker did not start: ${why}`, cause);
    return new PackageRefused('archive-unreadable', `reading ${quoted(job.zipFile)} ended its worker: ${why}`, {
      remedy: 'Build the zip again with an ordinary tool; if it is an honest package, raise MUSTER_WORKER_HEAP_MB.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

function notStarted(detail: string, cause?: Error): MusterError {
  return new MusterError('reader-not-started', detail, {
    remedy: 'Build the libraries (tsc -b) and look at the memory of this machine.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The compiled worker stands beside this file, or, when this runs from its source, in `dist`. */
function workerUrl(): URL {
  const url = new URL('./reader-worker.js', import.meta.url);
  if (import.meta.url.endsWith('.ts')) url.pathname = url.pathname.replace(/\/src\/(?=reader\/[^/]+$)/, '/dist/');
  return url;
}
