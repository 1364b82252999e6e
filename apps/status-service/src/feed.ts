import { EventLogError, type EventLog, type ReportLog, type Subscription } from '@muster/event-log';
import type { Readiness, ServiceKit } from '@muster/service-kit';
import type { Board } from './board/board.js';

/** A failure of the report log counts against readiness for so long; one that lasts is told again and again. */
const FAILURE_COUNTS_MS = 10_000;

/** Brings reports and revisions to the board. Events only wake it: what was committed it reads from the catalog. */
export class Feed {
  private readonly subscriptions: Subscription[] = [];
  private failure: { readonly message: string; readonly at: number } | undefined;

  constructor(
    private readonly board: Board,
    private readonly events: EventLog,
    private readonly reports: ReportLog,
    private readonly logger: ServiceKit['logger'],
  ) {}

  /** `consumer` names this service's place in the event log. */
  async start(consumer: string): Promise<void> {
    const heard = await this.reports.subscribe(
      ({ report, receivedAtMs }) => {
        this.failure = undefined;
        this.board.hear({ report, receivedAtMs });
      },
      (error) => this.failed(error),
    );
    this.subscriptions.push(heard);
    const committed = await this.events.subscribe({
      consumer,
      from: 'end',
      onRecords: () => this.board.wake(),
      onReconnect: () => this.board.wake(),
      onError: (error, fatal) => this.logger.warn({ err: error, fatal }, `event log: ${error.message}`),
    });
    this.subscriptions.push(committed);
  }

  /** Whether reports can arrive. */
  readiness(): Readiness {
    if (this.failure === undefined || performance.now() - this.failure.at > FAILURE_COUNTS_MS) return { ready: true };
    return { ready: false, reason: this.failure.message };
  }

  async close(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.close()));
    await Promise.all([this.events.close(), this.reports.close()]);
  }

  private failed(error: Error): void {
    this.logger.warn({ err: error }, `report log: ${error.message}`);
    // One report that cannot be read says nothing of the others.
    if (error instanceof EventLogError && error.code === 'log-report-unreadable') return;
    this.failure = { message: error.message, at: performance.now() };
  }
}
