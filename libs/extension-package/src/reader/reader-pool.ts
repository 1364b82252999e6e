import { MusterError } from '@muster/contracts';
import type { PackageLimits } from '../package-reader.js';
import type { ReaderAnswer, ReaderJob } from './reader-job.js';
import { ReaderThread } from './reader-thread.js';

interface Queued {
  readonly job: ReaderJob;
  readonly signal: AbortSignal | undefined;
  resolve(answer: Promise<ReaderAnswer>): void;
  reject(reason: unknown): void;
}

export interface PoolSize {
  readonly maxThreads: number;
  /** Threads that stand ready from the start and rest without end. */
  readonly readyThreads: number;
  /** How long any other thread rests before it is ended, its memory with it. */
  readonly idleMs: number;
}

/** Threads are started when they are needed, but for those that stand ready: packages are rare, and a start takes longer than most. */
export class ReaderPool {
  readonly #threads = new Set<ReaderThread>();
  readonly #resting = new Map<ReaderThread, NodeJS.Timeout | undefined>();
  readonly #queue: Queued[] = [];
  #closed = false;

  constructor(
    private readonly limits: PackageLimits,
    private readonly size: PoolSize,
  ) {
    for (let count = 0; count < size.readyThreads; count += 1) this.#rest(this.#start());
  }

  /** Rejects with the signal's reason after an abort, with the thread's end as its cause says otherwise. */
  run(job: ReaderJob, signal?: AbortSignal): Promise<ReaderAnswer> {
    if (this.#closed) return Promise.reject(closed());
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    return new Promise<ReaderAnswer>((resolve, reject) => {
      const queued: Queued = { job, signal, resolve, reject };
      this.#queue.push(queued);
      signal?.addEventListener('abort', () => this.#giveUp(queued), { once: true });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(closed());
    for (const timer of this.#resting.values()) clearTimeout(timer);
    this.#resting.clear();
    await Promise.all(Array.from(this.#threads, (thread) => thread.terminate(closed())));
    this.#threads.clear();
  }

  #giveUp(queued: Queued): void {
    const index = this.#queue.indexOf(queued);
    if (index < 0) return;
    this.#queue.splice(index, 1);
    queued.reject(queued.signal?.reason);
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const thread = this.#take();
      const queued = thread && this.#queue.shift();
      if (thread === undefined || queued === undefined) return;
      const answer = thread.run(queued.job, queued.signal);
      queued.resolve(answer);
      const release = (): void => this.#release(thread);
      answer.then(release, release);
    }
  }

  #take(): ReaderThread | undefined {
    for (const [thread, timer] of this.#resting) {
      clearTimeout(timer);
      this.#resting.delete(thread);
      if (!thread.ended) return thread;
      this.#threads.delete(thread);
    }
    return this.#threads.size < this.size.maxThreads ? this.#start() : undefined;
  }

  #start(): ReaderThread {
    const thread = new ReaderThread(this.limits);
    this.#threads.add(thread);
    return thread;
  }

  #release(thread: ReaderThread): void {
    if (thread.ended) this.#threads.delete(thread);
    else if (!this.#closed) this.#rest(thread);
    this.#next();
  }

  #rest(thread: ReaderThread): void {
    thread.rest();
    if (this.#resting.size < this.size.readyThreads) {
      this.#resting.set(thread, undefined);
      return;
    }
    const timer = setTimeout(() => {
      this.#resting.delete(thread);
      this.#threads.delete(thread);
      thread.end();
    }, this.size.idleMs);
    this.#resting.set(thread, timer.unref());
  }
}

function closed(): MusterError {
  return new MusterError('reader-closed', 'the package reader was closed while or before it read the package');
}
