import { EventLogError } from '../event-log-error.js';
import type { EventSubscription, SubscribeOptions, SubscriptionStart } from '../port.js';
import { Backoff } from './backoff.js';
import type { ConsumerPlace } from './consumer-place.js';
import type { EventBatch, EventReader } from './event-reader.js';
import type { Tuning } from './options.js';
import { Wakeup } from './wakeup.js';

/**
 * One consumer: read a batch after its place, hand it over, keep the place, again; at the end of the log wait for a wake or
 * for the poll interval. It holds one batch and no connection while the handler works, so a slow consumer costs nobody
 * else anything.
 *
 * `reached` is how far the handler has returned, `kept` what the database was last known to hold. After a lost connection
 * the kept place is read again: if it is neither, this is not the log that it was (a restored backup), and the database's
 * word counts.
 */
export class PostgresEventSubscription implements EventSubscription {
  began: SubscriptionStart = { kind: 'lost', detail: 'the log does not answer' };
  private readonly wakeup = new Wakeup();
  private readonly backoff: Backoff;
  private reached: bigint | undefined;
  private kept: bigint | undefined;
  private interrupted = false;
  private checkPlace = true;
  private closed = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly options: SubscribeOptions,
    private readonly reader: EventReader,
    private readonly place: ConsumerPlace,
    private readonly tuning: Tuning,
    private readonly onEnded: (subscription: PostgresEventSubscription) => void,
  ) {
    this.backoff = new Backoff(tuning.retryFirstMs, tuning.retryMaxMs);
  }

  /** Finds the place and goes on in the background. A database that is away is waited for there; a refusal is thrown. */
  async start(): Promise<void> {
    try {
      this.began = await this.begin();
    } catch (error) {
      if ((error as EventLogError).code !== 'log-unavailable') throw error;
      this.failedAttempt(error as Error);
    }
    this.running = this.run();
  }

  /** There may be something new. */
  wake(): void {
    this.wakeup.ring();
  }

  /** The connection that wakes was lost and is there again. */
  reconnected(): void {
    this.interrupted = true;
    this.checkPlace = true;
    this.wakeup.ring();
  }

  failedAttempt(error: Error): void {
    this.interrupted = true;
    this.checkPlace = true;
    this.options.onError?.(error, false);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wakeup.ring();
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      while (!this.closed) {
        const more = await this.attempt();
        if (more === 'failed') await this.wakeup.wait(this.backoff.nextMs());
        else if (more === 'end') await this.wakeup.wait(this.tuning.pollIntervalMs);
      }
    } catch (error) {
      this.options.onError?.(error as Error, true);
    } finally {
      this.onEnded(this);
    }
  }

  /** One round. Failures of the log are told and tried again; what the handler throws is thrown. */
  private async attempt(): Promise<'more' | 'end' | 'failed'> {
    let batch: EventBatch;
    try {
      batch = await this.next();
    } catch (error) {
      if (!(error instanceof EventLogError)) throw error;
      this.failedAttempt(error);
      return 'failed';
    }
    this.backoff.reset();
    this.tellOfGaps(batch);
    if (batch.last === undefined) return 'end';
    if (this.closed) return 'end';
    if (batch.records.length > 0) await this.options.onRecords(batch.records);
    this.reached = batch.last;
    return this.keepPlace();
  }

  private async next(): Promise<EventBatch> {
    if (this.checkPlace || this.reached === undefined) await this.findPlace();
    const reached = this.reached ?? 0n;
    if (this.kept !== reached) {
      await this.place.advance(reached);
      this.kept = reached;
    }
    const batch = await this.reader.after(reached);
    if (batch.last === undefined) await this.checkForReset(reached);
    return batch;
  }

  private async keepPlace(): Promise<'more' | 'failed'> {
    const reached = this.reached ?? 0n;
    try {
      await this.place.advance(reached);
      this.kept = reached;
      return 'more';
    } catch (error) {
      this.failedAttempt(error as Error);
      return 'failed';
    }
  }

  private async begin(): Promise<SubscriptionStart> {
    const end = await this.reader.end();
    const found = await this.findPlace();
    if (found === undefined) return { kind: 'fresh', detail: `no place was kept; the log ends at position ${end}` };
    if (found > end) return { kind: 'lost', detail: `the log ends at position ${end}, before the kept place ${found}` };
    return { kind: 'resumed', detail: `at position ${found}; the log ends at ${end}` };
  }

  /** What the database holds. */
  private async findPlace(): Promise<bigint | undefined> {
    this.checkPlace = false;
    const found = await this.place.read();
    if (this.reached === undefined) {
      this.reached = found ?? (this.options.from === 'end' ? await this.reader.end() : 0n);
      // Kept at once: a consumer that begins at the end and dies before its first event must not begin at a later end.
      if (found === undefined) await this.place.advance(this.reached);
      this.kept = this.reached;
    } else if (found !== this.kept && found !== this.reached) {
      this.reached = found ?? 0n;
      this.kept = found;
    }
    return found;
  }

  /** A log that ends before the consumer's place is another one than it was. */
  private async checkForReset(reached: bigint): Promise<void> {
    const end = await this.reader.end();
    if (end >= reached) return;
    await this.place.reset();
    this.reached = 0n;
    this.kept = 0n;
    this.interrupted = true;
    this.wakeup.ring();
    const detail = `the log ends at position ${end}, before the place ${reached} of consumer ${this.options.consumer}: reading it from its beginning`;
    this.options.onError?.(new EventLogError('log-reset', detail), false);
  }

  private tellOfGaps(batch: EventBatch): void {
    for (const error of batch.unreadable) this.options.onError?.(error, false);
    if (!this.interrupted && batch.unreadable.length === 0) return;
    this.interrupted = false;
    this.options.onReconnect?.();
  }
}
