import { Worker } from 'node:worker_threads';
import { MusterError } from '@muster/contracts';
import { PackageRefused, quoted } from '../package-refused.js';
import type { PackageLimits } from '../package-reader.js';
import type { ReaderAnswer, ThreadJob } from './reader-job.js';

const START_TIMEOUT_MS = 30_000;

interface Pending {
  readonly job: ThreadJob;
  resolve(answer: ReaderAnswer): void;
  reject(reason: unknown): void;
  timer: NodeJS.Timeout;
}

/**
 * One worker thread, one job at a time. A job ends in an answer or with the thread: after a time-out, an abort or a death the
 * promise is settled only when the thread has ended, so that whoever then removes the directory has no writer in it.
 */
export class ReaderThread {
  readonly #worker: Worker;
  #pending: Pending | undefined;
  #ready = false;
  #ended = false;
  #lastFile: string | undefined;
  #reason: unknown;
  #error: Error | undefined;

  constructor(private readonly limits: PackageLimits) {
    this.#worker = new Worker(workerUrl(), {
      resourceLimits: { maxOldGenerationSizeMb: limits.workerHeapMb },
      // Strangers' bytes are read here: no secret of the process is at hand.
      env: {},
      execArgv: [],
    });
    this.#worker.on('message', (answer: ReaderAnswer | 'ready') => this.#receive(answer));
    this.#worker.on('error', (error) => {
      this.#error = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on('exit', () => this.#onExit());
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
    const onAbort = (): void => this.end(signal?.reason);
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

  /** Ends the thread; its job, if any, is rejected with the reason. */
  end(reason?: unknown): void {
    this.#reason ??= reason;
    void this.#worker.terminate();
  }

  async terminate(reason: unknown): Promise<void> {
    this.#reason ??= reason;
    await this.#worker.terminate();
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
    if (pending === undefined || this.#reason !== undefined) return;
    clearTimeout(pending.timer);
    this.#pending = undefined;
    pending.resolve(answer);
  }

  #onExit(): void {
    this.#ended = true;
    const pending = this.#pending;
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    this.#pending = undefined;
    pending.reject(this.#reason ?? this.#death(pending.job));
  }

  #jobTimer(job: ThreadJob): NodeJS.Timeout {
    const { timeoutMs } = this.limits;
    return setTimeout(() => {
      this.end(
        new PackageRefused('archive-timeout', `reading ${quoted(job.zipFile)} took longer than ${timeoutMs} ms`, {
          limit: timeoutMs,
          remedy: 'Make the package smaller, or raise MUSTER_ARCHIVE_TIMEOUT.',
        }),
      );
    }, timeoutMs);
  }

  #startTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      this.end(notStarted(`the package reader's worker did not start within ${START_TIMEOUT_MS} ms`));
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
