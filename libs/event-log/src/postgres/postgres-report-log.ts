import type { NodeReport } from '@muster/contracts';
import { EventLogError } from '../event-log-error.js';
import type { ReceivedReport, ReportLog, Subscription } from '../port.js';
import { NodeReportStore, REPORT_CHANNEL } from './node-report-store.js';
import { withDefaults, type PostgresReportLogOptions, type Tuning } from './options.js';
import { PostgresListener } from './postgres-listener.js';
import { ReportSubscription } from './report-subscription.js';
import { asEventLogError, connectionConfig, StatementRunner } from './statement-runner.js';

/** The node reports over the catalog's table `node_report`. It connects when it is first used. */
export function createPostgresReportLog(options: PostgresReportLogOptions): ReportLog {
  return new PostgresReportLog(options);
}

class PostgresReportLog implements ReportLog {
  private readonly tuning: Tuning;
  private readonly statements: StatementRunner;
  private readonly store: NodeReportStore;
  private readonly listener: PostgresListener;
  private readonly subscriptions = new Set<ReportSubscription>();
  private closing: Promise<void> | undefined;

  constructor(options: PostgresReportLogOptions) {
    this.tuning = withDefaults(options);
    this.statements = new StatementRunner(options, this.tuning);
    this.store = new NodeReportStore(this.statements);
    this.listener = new PostgresListener(connectionConfig(options, this.tuning), REPORT_CHANNEL, this.tuning, {
      onNotification: (node) => this.each((subscription) => subscription.notify(node)),
      onListening: () => this.each((subscription) => subscription.look()),
      onLost: (error) => this.each((subscription) => subscription.failedAttempt(asEventLogError(error))),
    });
  }

  async send(report: NodeReport): Promise<void> {
    this.refuseWhenClosed();
    await this.store.put(report);
  }

  subscribe(
    onReport: (received: ReceivedReport) => void | Promise<void>,
    onError: (error: Error) => void = () => undefined,
  ): Promise<Subscription> {
    this.refuseWhenClosed();
    const subscription = new ReportSubscription(onReport, onError, this.store, this.tuning, (ended) =>
      this.subscriptions.delete(ended),
    );
    this.subscriptions.add(subscription);
    this.listener.start();
    subscription.start();
    return Promise.resolve(subscription);
  }

  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    await this.listener.close();
    await this.statements.close();
  }

  private each(action: (subscription: ReportSubscription) => void): void {
    for (const subscription of this.subscriptions) action(subscription);
  }

  private refuseWhenClosed(): void {
    if (this.closing) throw new EventLogError('log-closed', 'the report log is closed');
  }
}
