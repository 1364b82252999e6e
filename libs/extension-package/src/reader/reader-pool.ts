import { stat } from 'node:fs/promises';
import { MusterError } from '@muster/contracts';
import type { PackageLimits } from '../package-reader.js';
import { ReaderCrew } from './reader-crew.js';
import type { ZipReading } from './reader-crew.js';
import { isOutline } from './reader-job.js';
import type { ReaderJob } from './reader-job.js';
import { ReaderThread } from './reader-thread.js';

const KIB = 1024;

/** From here on a second thread that rests is worth waking: that costs about 1 ms, and such a zip takes 10 ms and more. */
const HELPED_ZIP_BYTES = 256 * KIB;

/** From here on one is worth starting: that takes 40 ms of a core, and such a zip, which unpacks to no less, 300 ms and more. */
const STARTED_FOR_ZIP_BYTES = 64 * KIB * KIB;

interface Queued {
  readonly job: ReaderJob;
  readonly signal: AbortSignal | undefined;
  resolve(reading: Promise<ZipReading>): void;
  reject(reason: unknown): void;
}

export interface PoolSize {
  readonly maxThreads: number;
  /** Threads that stand ready from the start and rest without end. */
  readonly readyThreads: number;
  /** How long any other thread rests before it is ended, its memory with it. */
  readonly idleMs: number;
}

/**
 * Threads are started when they are needed, but for those that stand ready: packages are rare, and a start takes longer than
 * most. Each package gets one thread, in the order of the calls; where nobody waits, a larger one gets a second that rests.
 */
export class ReaderPool {
  readonly #threads = new Set<ReaderThread>();
  readonly #resting = new Map<ReaderThread, NodeJS.Timeout | undefined>();
  readonly #crews = new Set<ReaderCrew>();
  readonly #queue: Queued[] = [];
  #closed = false;

  constructor(
    private readonly limits: PackageLimits,
    private readonly size: PoolSize,
  ) {
    for (let count = 0; count < this.#readyThreads; count += 1) this.#rest(this.#start());
  }

  /** Rejects with `MusterError`, or with the signal's reason after an abort. */
  run(job: ReaderJob, signal?: AbortSignal): Promise<ZipReading> {
    if (this.#closed) return Promise.reject(closed());
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    let queued: Queued;
    const onAbort = (): void => this.#giveUp(queued);
    return new Promise<ZipReading>((resolve, reject) => {
      queued = { job, signal, resolve, reject };
      this.#queue.push(queued);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#next();
    }).finally(() => signal?.removeEventListener('abort', onAbort));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(closed());
    for (const timer of this.#resting.values()) clearTimeout(timer);
    this.#resting.clear();
    await Promise.all(Array.from(this.#threads, (thread) => thread.end(closed())));
    this.#threads.clear();
  }

  get #readyThreads(): number {
    return Math.min(this.size.readyThreads, this.size.maxThreads);
  }

  #giveUp(queued: Queued): void {
    const index = this.#queue.indexOf(queued);
    if (index < 0) return;
    this.#queue.splice(index, 1);
    queued.reject(queued.signal?.reason);
  }

  #next(): void {
    while (this.#queue[0] !== undefined) {
      const thread = this.#takeResting(this.#queue[0].job) ?? this.#startIfRoom();
      const queued = thread && this.#queue.shift();
      if (thread === undefined || queued === undefined) {
        for (const crew of this.#crews) crew.recallHelpers();
        return;
      }
      const crew = new ReaderCrew(queued.job, queued.signal, (free) => this.#release(free));
      this.#crews.add(crew);
      queued.resolve(crew.lead(thread).finally(() => this.#crews.delete(crew)));
      void this.#help(crew);
    }
  }

  async #help(crew: ReaderCrew): Promise<void> {
    const { job } = crew;
    // Where there is no such file the leader says so.
    const zipBytes = await stat(job.zipFile).then(
      ({ size }) => size,
      () => 0,
    );
    if (!crew.isReading || this.#closed || this.#queue.length > 0 || zipBytes < HELPED_ZIP_BYTES) return;
    const mayStart = !isOutline(job) && zipBytes >= STARTED_FOR_ZIP_BYTES;
    const helper = this.#takeResting(job, !mayStart) ?? (mayStart ? this.#startIfRoom() : undefined);
    if (helper !== undefined) crew.join(helper);
  }

  /** The thread that had this file last, which may have it open still; otherwise one that has started, if there is any. */
  #takeResting({ zipFile }: ReaderJob, mustBeReady = false): ReaderThread | undefined {
    for (const thread of this.#resting.keys()) if (thread.ended) this.#forget(thread);
    const resting = [...this.#resting.keys()].filter((thread) => thread.ready || !mustBeReady);
    const thread = resting.find((one) => one.lastFile === zipFile) ?? resting.find((one) => one.ready) ?? resting[0];
    if (thread === undefined) return undefined;
    clearTimeout(this.#resting.get(thread));
    this.#resting.delete(thread);
    return thread;
  }

  #startIfRoom(): ReaderThread | undefined {
    return this.#threads.size < this.size.maxThreads ? this.#start() : undefined;
  }

  #start(): ReaderThread {
    const thread = new ReaderThread(this.limits);
    this.#threads.add(thread);
    return thread;
  }

  #forget(thread: ReaderThread): void {
    clearTimeout(this.#resting.get(thread));
    this.#resting.delete(thread);
    this.#threads.delete(thread);
  }

  #release(thread: ReaderThread): void {
    if (thread.ended) this.#threads.delete(thread);
    else if (!this.#closed) this.#rest(thread);
    this.#next();
  }

  #rest(thread: ReaderThread): void {
    thread.rest();
    if (this.#resting.size < this.#readyThreads) {
      this.#resting.set(thread, undefined);
      return;
    }
    const timer = setTimeout(() => {
      this.#forget(thread);
      void thread.end();
    }, this.size.idleMs);
    this.#resting.set(thread, timer.unref());
  }
}

function closed(): MusterError {
  return new MusterError('reader-closed', 'the package reader was closed while or before it read the package');
}
