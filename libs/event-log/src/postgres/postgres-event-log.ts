import { EventLogError } from '../event-log-error.js';
import type { EventLog, EventSubscription, LogHealth, SubscribeOptions, Subscription } from '../port.js';
import { ConsumerPlace } from './consumer-place.js';
import { EventReader } from './event-reader.js';
import { PostgresEventSubscription } from './postgres-event-subscription.js';
import { withDefaults, type PostgresEventLogOptions, type Tuning } from './options.js';
import { PostgresListener } from './postgres-listener.js';
import { asEventLogError, connectionConfig, StatementRunner } from './statement-runner.js';

/** What a commit notifies, with the last position that it wrote. */
export const EVENT_CHANNEL = 'muster_event';

const DEFAULT_BATCH_ROWS = 500;
const DEFAULT_BATCH_BYTES = 1024 * 1024;

/**
 * The event log over the catalog's own table `event`, which is the outbox too. It connects when it is first used. Session
 * state is needed: not through a pooler in transaction mode.
 */
export function createPostgresEventLog(options: PostgresEventLogOptions): EventLog {
  return new PostgresEventLog(options);
}

class PostgresEventLog implements EventLog {
  readonly kind = 'postgres';
  private readonly tuning: Tuning;
  private readonly statements: StatementRunner;
  private readonly reader: EventReader;
  private readonly listener: PostgresListener;
  private readonly subscriptions = new Set<PostgresEventSubscription>();
  private closing: Promise<void> | undefined;

  constructor(options: PostgresEventLogOptions) {
    this.tuning = withDefaults(options);
    this.statements = new StatementRunner(options, this.tuning);
    this.reader = new EventReader(this.statements, {
      rows: options.batchRows ?? DEFAULT_BATCH_ROWS,
      bytes: options.batchBytes ?? DEFAULT_BATCH_BYTES,
    });
    this.listener = new PostgresListener(connectionConfig(options, this.tuning), EVENT_CHANNEL, this.tuning, {
      onNotification: () => this.each((subscription) => subscription.wake()),
      onListening: (again) => this.each((subscription) => (again ? subscription.reconnected() : subscription.wake())),
      onLost: (error) => this.each((subscription) => subscription.failedAttempt(asEventLogError(error))),
    });
  }

  async subscribe(options: SubscribeOptions): Promise<EventSubscription> {
    this.refuseWhenClosed();
    const place = new ConsumerPlace(this.statements, options.consumer);
    const subscription = new PostgresEventSubscription(options, this.reader, place, this.tuning, (ended) =>
      this.subscriptions.delete(ended),
    );
    this.subscriptions.add(subscription);
    this.listener.start();
    try {
      await subscription.start();
    } catch (error) {
      this.subscriptions.delete(subscription);
      throw error;
    }
    return subscription;
  }

  /** Consumers read the outbox itself: there is nothing to ship. */
  relay(): Promise<Subscription> {
    this.refuseWhenClosed();
    return Promise.resolve({ close: () => Promise.resolve() });
  }

  async health(): Promise<LogHealth> {
    if (this.closing) return { ok: false, detail: 'the event log is closed' };
    try {
      const end = await this.reader.end();
      if (this.listener.listening || this.subscriptions.size === 0)
        return { ok: true, detail: `PostgreSQL, last position ${end}` };
      return {
        ok: true,
        detail: `PostgreSQL, last position ${end}; notifications are away, new events are seen within ${this.tuning.pollIntervalMs} ms`,
      };
    } catch (error) {
      return { ok: false, detail: (error as Error).message };
    }
  }

  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    await this.listener.close();
    await this.statements.close();
  }

  private each(action: (subscription: PostgresEventSubscription) => void): void {
    for (const subscription of this.subscriptions) action(subscription);
  }

  private refuseWhenClosed(): void {
    if (this.closing) throw new EventLogError('log-closed', 'the event log is closed');
  }
}
