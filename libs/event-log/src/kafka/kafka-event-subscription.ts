import { EventLogError } from '../event-log-error.js';
import { Backoff } from '../postgres/backoff.js';
import { Wakeup } from '../postgres/wakeup.js';
import type { EventSubscription, LogRecord, SubscribeOptions, SubscriptionStart } from '../port.js';
import { ConsumerPosition, type FoundPosition } from './consumer-position.js';
import { readEvent } from './event-message.js';
import { groupId } from './group-id.js';
import { asKafkaLogError, isLasting, isSettling, kafkaErrorType } from './kafka-errors.js';
import type { KafkaTuning } from './kafka-options.js';
import type { KafkaSource } from './kafka-source.js';
import { type KafkaRecord, type KeptPlace, type Page, PartitionReader } from './partition-reader.js';

/** How long a broker or a coordinator may be coming up before that is told as a failure. */
const SETTLING_MS = 15_000;

/** After such a handler it is looked whether the topic is still what it was. */
const LONG_HANDLER_MS = 1_000;

/** What the topic answers when our place is not in it, or when it is not there: finding the place again tells why. */
const ASTRAY = new Set(['OFFSET_OUT_OF_RANGE', 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID']);

/** What the handler threw: it ends the subscription, whatever it is. */
class HandlerFailure extends Error {}

/**
 * One consumer. A session is the life of one reader: connect and check the topic → find the place → fetch, hand over, keep
 * the place, again. Whatever fails, or does not answer in time, ends the session; the next one begins after a wait, finds
 * out what has become of the place, and tells. While the handler works nothing is asked of the broker, so it may take long.
 */
export class KafkaEventSubscription implements EventSubscription {
  began: SubscriptionStart = { kind: 'lost', detail: 'the log does not answer' };
  private readonly wakeup = new Wakeup();
  private readonly backoff: Backoff;
  private readonly position: ConsumerPosition;
  private reader: PartitionReader | undefined;
  private interrupted = false;
  /** A handler under way, or its place being kept: what `close` waits for. */
  private busy = false;
  private closed = false;
  private missingSince: number | undefined;
  private settlingSince: number | undefined;
  private lastCheckAt = 0;
  private running: Promise<void> | undefined;

  constructor(
    private readonly options: SubscribeOptions,
    private readonly kafka: KafkaSource,
    private readonly tuning: Required<KafkaTuning>,
    private readonly onEnded: (subscription: KafkaEventSubscription) => void,
  ) {
    this.backoff = new Backoff(tuning.retryFirstMs, tuning.retryMaxMs);
    this.position = new ConsumerPosition(options.from);
  }

  /** Finds the place and goes on in the background. A broker that is away is waited for there; a refusal is thrown. */
  async start(): Promise<void> {
    try {
      const { kind, detail } = await this.open({ replicationFactor: this.kafka.replicationFactor });
      this.began = { kind: kind === 'moved' ? 'resumed' : kind, detail };
    } catch (error) {
      const failure = asKafkaLogError(error, this.kafka.connection.brokers);
      if (isLasting(failure)) throw failure;
      this.failedAttempt(failure);
    }
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wakeup.ring();
    if (!this.busy) this.reader?.cut();
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      while (!this.closed) await this.attempt();
    } catch (error) {
      const cause = error instanceof HandlerFailure ? error.cause : error;
      if (!this.closed || error instanceof HandlerFailure) this.options.onError?.(cause as Error, true);
    } finally {
      this.reader?.cut();
      this.onEnded(this);
    }
  }

  private async attempt(): Promise<void> {
    try {
      await this.session();
    } catch (error) {
      if (error instanceof HandlerFailure) throw error;
      this.dropReader();
      if (this.closed) return;
      await this.afterFailure(error);
    }
  }

  private async afterFailure(error: unknown): Promise<void> {
    if (ASTRAY.has(kafkaErrorType(error) ?? '')) {
      this.interrupted = true;
    } else if (isSettling(error) && this.settles()) {
      this.interrupted = true;
    } else {
      const failure = asKafkaLogError(error, this.kafka.connection.brokers);
      if (isLasting(failure)) throw failure;
      if (failure.code === 'log-topic-missing') this.missingSince ??= performance.now();
      this.failedAttempt(failure);
    }
    await this.wakeup.wait(this.backoff.nextMs());
  }

  private settles(): boolean {
    this.settlingSince ??= performance.now();
    return performance.now() - this.settlingSince < SETTLING_MS;
  }

  /** Ends only by a failure, or when closed. */
  private async session(): Promise<void> {
    if (this.reader === undefined) this.tell(await this.open(this.mayMake()));
    const { reader } = this;
    if (reader === undefined) return;
    if (this.interrupted) {
      this.interrupted = false;
      this.options.onReconnect?.();
    }
    while (!this.closed) {
      if (performance.now() - this.lastCheckAt >= this.tuning.checkMs) await this.check(reader);
      const page = await reader.fetch(this.position.reached?.offset ?? 0n);
      this.backoff.reset();
      await this.take(reader, page);
    }
  }

  /** A topic that has vanished is left to whoever deleted it for a while: they may mean to make it anew themselves. */
  private mayMake(): { readonly replicationFactor?: number | undefined } | undefined {
    const { remakeAfterMs } = this.tuning;
    const waited = this.missingSince === undefined ? 0 : performance.now() - this.missingSince;
    const make = this.position.reached === undefined || waited >= remakeAfterMs;
    return make ? { replicationFactor: this.kafka.replicationFactor } : undefined;
  }

  private async open(make?: { readonly replicationFactor?: number | undefined }): Promise<FoundPosition> {
    const reader = new PartitionReader({
      connection: this.kafka.connection,
      shape: this.kafka.events,
      groupId: groupId(this.kafka.groupPrefix, this.options.consumer),
      maxWaitMs: this.tuning.maxWaitMs,
      maxBytes: this.tuning.batchBytes,
    });
    this.reader = reader;
    try {
      await reader.open(make);
      const found = await this.position.find(reader);
      this.missingSince = undefined;
      this.settlingSince = undefined;
      this.lastCheckAt = performance.now();
      return found;
    } catch (error) {
      this.dropReader();
      throw error;
    }
  }

  private dropReader(): void {
    this.reader?.cut();
    this.reader = undefined;
  }

  /** What a session that follows another one found. */
  private tell({ kind, detail, place }: FoundPosition): void {
    if (kind === 'moved') this.interrupted = true;
    if (kind !== 'lost') return;
    this.interrupted = true;
    const consumer = `consumer ${this.options.consumer}`;
    const text = `${detail}; ${consumer} goes on at ${place.offset}`;
    this.options.onError?.(new EventLogError('log-reset', text), false);
  }

  /**
   * What nobody tells us: offsets that were reset, a partition that was added, a topic made anew while nothing was asked of
   * it. The answer is whether the place is what it was.
   */
  private async check(reader: PartitionReader): Promise<boolean> {
    this.lastCheckAt = performance.now();
    await reader.checkTopic();
    const found = await this.position.find(reader);
    if (found.kind === 'resumed') return true;
    this.tell(found);
    this.interrupted = false;
    this.options.onReconnect?.();
    return false;
  }

  private async take(reader: PartitionReader, page: Page): Promise<void> {
    const { batchRows } = this.tuning;
    for (let at = 0; at < page.records.length && !this.closed; at += batchRows) {
      const records = page.records.slice(at, at + batchRows);
      const last = records.at(-1);
      if (last === undefined) return;
      const isAllOfIt = at + batchRows >= page.records.length;
      const next = { offset: isAllOfIt ? page.next : last.offset + 1n, mark: last.mark };
      this.busy = true;
      try {
        if (!(await this.takeBatch(reader, records, next))) return;
      } finally {
        this.busy = false;
      }
    }
    if (page.records.length === 0) this.position.pass(page.next);
  }

  /** Whether the place is where this batch ends. */
  private async takeBatch(reader: PartitionReader, records: readonly KafkaRecord[], next: KeptPlace): Promise<boolean> {
    const beganAt = performance.now();
    await this.handOver(records);
    this.position.reached = next;
    if (performance.now() - beganAt > LONG_HANDLER_MS) return this.check(reader);
    await this.position.keep(reader);
    return true;
  }

  private async handOver(records: readonly KafkaRecord[]): Promise<void> {
    const read = records.map(readEvent);
    const unreadable = read.filter((one) => one instanceof EventLogError);
    for (const error of unreadable) this.options.onError?.(error, false);
    if (unreadable.length > 0) this.options.onReconnect?.();
    const events = read.filter((one): one is LogRecord => one !== undefined && !(one instanceof EventLogError));
    if (events.length === 0) return;
    try {
      await this.options.onRecords(events);
    } catch (error) {
      throw new HandlerFailure('the handler threw', { cause: error });
    }
  }

  private failedAttempt(error: Error): void {
    this.interrupted = true;
    this.options.onError?.(error, false);
  }
}
