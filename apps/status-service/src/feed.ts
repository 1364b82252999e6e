import { EventLogError, type EventLog, type ReportLog, type Subscription } from '@muster/event-log';
import type { Readiness, ServiceKit } from '@muster/service-kit';
import type { Board } from './board/board.js';
import { OutageLog } from './outage-log.js';

/** A failure of the report log counts against readiness for so long; one that lasts is told again before that. */
const FAILURE_COUNTS_MS = 30_000;
/** After an end that it did not get over by itself, as where the topic is not what it must be, the log is followed anew. */
const AGAIN_MS = 5_000;

/** Brings reports and revisions to the board. Events only wake it: what was committed it reads from the catalog. */
export class Feed {
  private heard: Subscription | undefined;
  private committed: Subscription | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private failure: { readonly message: string; readonly at: number } | undefined;
  private readonly reportOutage: OutageLog;
  private readonly eventOutage: OutageLog;

  constructor(
    private readonly board: Board,
    private readonly events: EventLog,
    private readonly reports: ReportLog,
    private readonly logger: ServiceKit['logger'],
  ) {
    this.reportOutage = new OutageLog('report log', logger);
    this.eventOutage = new OutageLog('event log', logger);
  }

  /**
   * `consumer` names this service's place in the event log. A broker that is away is waited for in the background.
   *
   * @throws EventLogError where the event log cannot be followed before somebody has changed something
   */
  async start(consumer: string): Promise<void> {
    this.heard = await this.reports.subscribe(
      ({ report, receivedAtMs }) => {
        this.failure = undefined;
        this.reportOutage.isWell();
        this.board.hear({ report, receivedAtMs });
      },
      (error) => this.failed(error),
    );
    await this.follow(consumer);
  }

  /** Whether reports can arrive. */
  readiness(): Readiness {
    if (this.failure === undefined || performance.now() - this.failure.at > FAILURE_COUNTS_MS) return { ready: true };
    return { ready: false, reason: this.failure.message };
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await Promise.all([this.heard?.close(), this.committed?.close()]);
    await Promise.all([this.events.close(), this.reports.close()]);
  }

  private async follow(consumer: string): Promise<void> {
    this.committed = await this.events.subscribe({
      consumer,
      from: 'end',
      onRecords: () => this.wake(),
      onReconnect: () => this.wake(),
      onError: (error, fatal) => {
        this.eventOutage.failed(error);
        if (fatal) this.followLater(consumer);
      },
    });
  }

  /** Until then the board goes on by its timer. */
  private followLater(consumer: string): void {
    if (this.closed) return;
    this.timer = setTimeout(() => {
      this.follow(consumer).then(
        () => this.wake(),
        (error: Error) => {
          this.eventOutage.failed(error);
          this.followLater(consumer);
        },
      );
    }, AGAIN_MS).unref();
  }

  private wake(): void {
    this.eventOutage.isWell();
    this.board.wake();
  }

  private failed(error: Error): void {
    // One report that cannot be read says nothing of the others.
    if (error instanceof EventLogError && error.code === 'log-report-unreadable') {
      this.logger.warn({ err: error }, `report log: ${error.message}`);
      return;
    }
    this.reportOutage.failed(error);
    this.failure = { message: error.message, at: performance.now() };
  }
}
