import { EventLogError } from '../../event-log-error.js';
import { Backoff } from '../../postgres/backoff.js';
import { Wakeup } from '../../postgres/wakeup.js';
import type { ReceivedReport, Subscription } from '../../port.js';
import { asKafkaLogError } from '../kafka-errors.js';
import type { KafkaSource } from '../kafka-source.js';
import { PartitionReader, type Page } from '../partition-reader.js';
import { BrokerClock } from './broker-clock.js';
import { LatestReports } from './latest-reports.js';
import { CLOCK_KEY, CLOCK_MESSAGE, readReport } from './report-message.js';
import type { ReportProducer } from './report-producer.js';
import type { FullReportTuning } from './report-tuning.js';

export interface ReportSubscriptionOptions {
  readonly onReport: (received: ReceivedReport) => void | Promise<void>;
  readonly onError: (error: Error) => void;
  readonly kafka: KafkaSource;
  readonly producer: ReportProducer;
  readonly tuning: FullReportTuning;
  readonly onEnded: (subscription: KafkaReportSubscription) => void;
}

/**
 * One reader of the reports. A session is the life of one partition reader: learn the broker's time → read the topic from
 * its beginning to its end, keeping the latest of every node → give those → read on, and give at each end that is reached.
 * Whatever fails ends the session; the next one reads all again and gives only what is newer. No place is kept anywhere.
 *
 * Nothing is read while the handler works, and nothing is given before the end is reached: so of what came meanwhile a slow
 * handler gets the latest of every node.
 */
export class KafkaReportSubscription implements Subscription {
  private readonly latest = new LatestReports();
  private readonly clock = new BrokerClock();
  private readonly wakeup = new Wakeup();
  private readonly backoff: Backoff;
  private reader: PartitionReader | undefined;
  private askedAtMs = -Infinity;
  private asking: Promise<void> | undefined;
  private closed = false;
  private end: () => void = () => undefined;
  private readonly ended = new Promise<void>((resolve) => (this.end = resolve));
  private running: Promise<void> | undefined;

  constructor(private readonly options: ReportSubscriptionOptions) {
    this.backoff = new Backoff(options.tuning.retryFirstMs, options.tuning.retryMaxMs);
  }

  start(): void {
    this.running ??= this.run();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.end();
    this.wakeup.ring();
    this.reader?.cut();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      try {
        await this.session();
      } catch (error) {
        if (this.closed) break;
        this.options.onError(asKafkaLogError(error, this.options.kafka.connection.brokers));
        await this.wakeup.wait(this.backoff.nextMs());
      } finally {
        this.reader?.cut();
      }
    }
    this.options.onEnded(this);
  }

  /** Ends only by a failure, or when closed. */
  private async session(): Promise<void> {
    const { kafka, tuning } = this.options;
    const { connection, reports: shape, groupPrefix, replicationFactor } = kafka;
    const { maxWaitMs, maxBytes } = tuning;
    const reader = new PartitionReader({ connection, shape, groupId: groupPrefix, maxWaitMs, maxBytes });
    this.reader = reader;
    await reader.open({ replicationFactor });
    if (this.clock.timeAt(0) === undefined) await Promise.race([this.askTime(), this.ended]);
    let { low: next } = await reader.bounds();
    while (!this.closed) {
      await this.checkNowAndThen(reader);
      const page = await reader.fetch(next);
      this.backoff.reset();
      this.take(page);
      next = page.next;
      if (next >= page.end) await this.giveAll();
    }
  }

  private take({ records }: Page): void {
    for (const record of records) {
      const report = readReport(record);
      if (report instanceof EventLogError) this.options.onError(report);
      else if (report !== undefined) this.latest.add({ report, receivedAtMs: record.timestampMs });
    }
  }

  private async giveAll(): Promise<void> {
    for (let next = this.latest.take(); next !== undefined; next = this.latest.take()) {
      if (this.closed) return;
      // A clock that is told by question and answer may be a little behind what the broker has just stamped.
      const readAtMs = Math.max(next.receivedAtMs, this.clock.timeAt(performance.now()) ?? 0);
      try {
        await this.options.onReport({ ...next, readAtMs });
      } catch (error) {
        // One report that the handler cannot take must not keep the others from it.
        this.options.onError(error as Error);
      }
    }
  }

  private async checkNowAndThen(reader: PartitionReader): Promise<void> {
    if (performance.now() - this.askedAtMs < this.options.tuning.clockIntervalMs) return;
    this.asking ??= this.askTime()
      .catch((error: unknown) => {
        if (!this.closed) this.options.onError(error as Error);
      })
      .finally(() => (this.asking = undefined));
    await reader.checkTopic();
  }

  private async askTime(): Promise<void> {
    const askedAtMs = performance.now();
    this.askedAtMs = askedAtMs;
    const { appendedAtMs } = await this.options.producer.send(CLOCK_KEY, CLOCK_MESSAGE);
    this.clock.add(askedAtMs, performance.now(), appendedAtMs);
  }
}
