import type { NodeReport } from '@muster/contracts';
import { EventLogError } from '../event-log-error.js';
import type { ReceivedReport, ReportLog, Subscription } from '../port.js';
import type { KafkaSource } from './kafka-source.js';
import { KafkaReportSubscription } from './report/kafka-report-subscription.js';
import { ReportProducer } from './report/report-producer.js';
import { withReportDefaults, type FullReportTuning, type KafkaReportTuning } from './report/report-tuning.js';

export interface KafkaReportLogOptions extends KafkaReportTuning {
  readonly kafka: KafkaSource;
}

/**
 * The node reports over a compacted topic, keyed by node. Times are the broker's: it stamps every message when it takes it
 * (LogAppendTime), and a subscription learns its time by small messages of its own to the same topic; so who subscribes
 * must be allowed to write there. It connects when it is first used.
 */
export function createKafkaReportLog(options: KafkaReportLogOptions): ReportLog {
  return new KafkaReportLog(options);
}

class KafkaReportLog implements ReportLog {
  private readonly tuning: FullReportTuning;
  private readonly producer: ReportProducer;
  private readonly subscriptions = new Set<KafkaReportSubscription>();
  private closing: Promise<void> | undefined;

  constructor(private readonly options: KafkaReportLogOptions) {
    this.tuning = withReportDefaults(options);
    this.producer = new ReportProducer(options.kafka);
  }

  /** Returns when every replica that counts has it. @throws EventLogError where that is not so, or not known. */
  async send(report: NodeReport): Promise<void> {
    this.refuseWhenClosed();
    await this.producer.send(report.node, JSON.stringify(report));
  }

  subscribe(
    onReport: (received: ReceivedReport) => void | Promise<void>,
    onError: (error: Error) => void = () => undefined,
  ): Promise<Subscription> {
    this.refuseWhenClosed();
    const subscription = new KafkaReportSubscription({
      onReport,
      onError,
      kafka: this.options.kafka,
      producer: this.producer,
      tuning: this.tuning,
      onEnded: (ended) => this.subscriptions.delete(ended),
    });
    this.subscriptions.add(subscription);
    subscription.start();
    return Promise.resolve(subscription);
  }

  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    const subscriptions = [...this.subscriptions].map((subscription) => subscription.close());
    await this.producer.close();
    await Promise.all(subscriptions);
  }

  private refuseWhenClosed(): void {
    if (this.closing) throw new EventLogError('log-closed', 'the report log is closed');
  }
}
