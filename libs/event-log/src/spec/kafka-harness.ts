import { randomUUID } from 'node:crypto';
import type { ExtensionChanged } from '@muster/contracts';
import { FaultProxy, waitFor } from '@muster/testing';
import type { AppendOptions, LogHarness, Opened } from '../conformance/harness.js';
import type { EventLog, ReportLog } from '../port.js';
import { PostgresHarness } from './postgres-harness.js';
import type { KafkaConnectionOptions } from '../kafka/kafka-connection.js';
import { createKafkaEventLog } from '../kafka/kafka-event-log.js';
import type { KafkaTuning } from '../kafka/kafka-options.js';
import { createKafkaReportLog } from '../kafka/kafka-report-log.js';
import { kafkaSource, type KafkaSource } from '../kafka/kafka-source.js';
import { KafkaAdmin } from '../kafka/spec/kafka-admin.js';

const BATCH_ROWS = 10;
const DEADLINE_MS = 1_500;
export const MAX_WAIT_MS = 300;

const TUNING: KafkaTuning = {
  maxWaitMs: MAX_WAIT_MS,
  batchRows: BATCH_ROWS,
  checkMs: 500,
  remakeAfterMs: 1_000,
  retryFirstMs: 20,
  retryMaxMs: 200,
};

const RELAY_TUNING = { retryFirstMs: 20, retryMaxMs: 200 };
const REPORT_TUNING = { clockIntervalMs: 500, maxWaitMs: MAX_WAIT_MS, retryFirstMs: 20, retryMaxMs: 200 };

/**
 * The real catalog's outbox, shipped by the real relay to topics of its own on a real broker; each opened log goes through a
 * proxy of its own, wherever the broker says that it is.
 */
export class KafkaHarness implements LogHarness {
  readonly batchRows = BATCH_ROWS;
  readonly cluster = `spec-${randomUUID().slice(0, 8)}`;
  readonly admin: KafkaAdmin;
  private readonly opened: { readonly log: { close(): Promise<void> }; readonly proxy: FaultProxy }[] = [];
  private shipping: Promise<EventLog> | undefined;

  private constructor(
    readonly brokers: string,
    readonly catalog: PostgresHarness,
  ) {
    this.admin = new KafkaAdmin(brokers);
  }

  static async make(brokers: string): Promise<KafkaHarness> {
    return new KafkaHarness(brokers, await PostgresHarness.make({ isOutbox: true }));
  }

  get topic(): string {
    return this.source().events.topic;
  }

  groupOf(consumer: string): string {
    return `muster.${this.cluster}.${consumer}`;
  }

  async append(options: AppendOptions = {}): Promise<void> {
    await this.ship();
    await this.catalog.append(options);
  }

  private async isShipped(): Promise<boolean> {
    const { rows } = await this.catalog.pool.query('select from event where published_at is null limit 1');
    return rows.length === 0;
  }

  leaveGap(): Promise<void> {
    return this.catalog.leaveGap();
  }

  committed(): Promise<ExtensionChanged[]> {
    return this.catalog.committed();
  }

  async openEvents(tuning: KafkaTuning = {}, deadlineMs = DEADLINE_MS): Promise<Opened<EventLog>> {
    await waitFor(() => this.isShipped(), { what: 'the relay to ship what was committed' });
    return this.open((source) => this.makeLog(source, tuning), deadlineMs);
  }

  openReports(): Promise<Opened<ReportLog>> {
    return this.open((kafka) => createKafkaReportLog({ kafka, ...REPORT_TUNING }));
  }

  source(options: Partial<KafkaConnectionOptions> = {}): KafkaSource {
    return kafkaSource({
      brokers: this.brokers.split(','),
      clientId: 'spec',
      topicPrefix: 'muster',
      cluster: this.cluster,
      deadlineMs: DEADLINE_MS,
      ...options,
    });
  }

  makeLog(source: KafkaSource, tuning: KafkaTuning = {}): EventLog {
    const database = { url: this.catalog.database.urlAs('muster_importer') };
    return createKafkaEventLog({ kafka: source, database, relay: RELAY_TUNING, ...TUNING, ...tuning });
  }

  /** From the first call on, what is appended is shipped. */
  async ship(): Promise<void> {
    await (this.shipping ??= this.startShipping());
  }

  /** What is committed past `append` stays in the outbox until `ship`. */
  async stopShipping(): Promise<void> {
    await (await this.shipping)?.close();
    this.shipping = undefined;
  }

  private async startShipping(): Promise<EventLog> {
    const log = this.makeLog(this.source({ deadlineMs: 10_000 }));
    await log.relay();
    return log;
  }

  async close(): Promise<void> {
    await this.stopShipping();
    await Promise.all(this.opened.map(({ log }) => log.close()));
    await Promise.all(this.opened.map(({ proxy }) => proxy.close()));
    await this.admin.removeAll(`muster.${this.cluster}.`);
    await this.admin.close();
    await this.catalog.close();
  }

  /** A Kafka client goes where the broker says that it is: the proxy is put in its way there. */
  private async open<Log extends { close(): Promise<void> }>(
    make: (source: KafkaSource) => Log,
    deadlineMs = DEADLINE_MS,
  ): Promise<Opened<Log>> {
    const [host = '127.0.0.1', port] = (this.brokers.split(',')[0] ?? '').split(':');
    const proxy = await FaultProxy.start({ host, port: Number(port) });
    const log = make(this.source({ deadlineMs, route: () => ({ host: '127.0.0.1', port: proxy.port }) }));
    this.opened.push({ log, proxy });
    const shut = (): void => {
      proxy.setNewConnections('reset');
      proxy.reset();
    };
    return {
      log,
      crash: shut,
      faults: { stall: () => proxy.stall(), halfOpen: () => proxy.halfOpen(), reset: shut, heal: () => proxy.heal() },
    };
  }
}
