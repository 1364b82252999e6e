import { Client, type ClientConfig, type QueryResultRow } from 'pg';
import { EventLogError } from '../../event-log-error.js';
import { cut } from '../../postgres/cut.js';
import { EVENT_CHANNEL } from '../../postgres/postgres-event-log.js';
import { asEventLogError } from '../../postgres/statement-runner.js';
import type { FullRelayTuning } from './relay-tuning.js';

/** The advisory lock of the relay that leads, of this database; the catalog's commits take 0x4d7573746572. */
export const RELAY_LOCK = 0x4d757352656c;

/**
 * The one database session of a relay's term: it holds the lock, wakes, reads and marks. So a mark can be made only by whoever
 * still holds the lock, and a lost session is a lost lead, found out at once by whatever it is asked next, or by the beat.
 *
 * The other way round the database watches it: a session that says nothing for `silenceMs` is ended there. A process that is
 * paused would keep its lock for as long as the kernel answers for it.
 */
export class RelaySession {
  private failure: EventLogError | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private beating: NodeJS.Timeout | undefined;

  private constructor(
    private readonly client: Client,
    private readonly tuning: FullRelayTuning,
    private readonly wake: () => void,
  ) {
    client.on('error', (error) => this.fail(error));
    client.on('end', () => this.fail(new Error('the connection ended')));
    client.on('notification', () => this.wake());
  }

  /** `wake` is called for every commit while it listens, and when the session is lost. */
  static async open(config: ClientConfig, tuning: FullRelayTuning, wake: () => void): Promise<RelaySession> {
    const session = new RelaySession(new Client(config), tuning, wake);
    try {
      await session.client.connect();
      await session.run(
        // A mark that is lost with the database's power makes a repeat; marks are lost from the last one backwards.
        `select set_config('idle_session_timeout', $1, false), set_config('statement_timeout', $2, false),
                set_config('synchronous_commit', 'off', false)`,
        [`${tuning.silenceMs}ms`, `${tuning.deadlineMs}ms`],
      );
    } catch (error) {
      session.close();
      throw asEventLogError(error);
    }
    session.beating = setInterval(() => void session.run('select').catch(() => undefined), tuning.heartbeatMs);
    return session;
  }

  async tryLead(): Promise<boolean> {
    const [row] = await this.run<{ granted: boolean }>('select pg_try_advisory_lock($1) as granted', [RELAY_LOCK]);
    return row?.granted === true;
  }

  async listen(): Promise<void> {
    await this.run(`listen ${EVENT_CHANNEL}`);
  }

  /** @throws EventLogError `log-unavailable` or `log-refused`; a session that failed once is of no more use. */
  run<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const mine = this.last.then(() => this.ask<Row>(text, values));
    this.last = mine.catch(() => undefined);
    return mine;
  }

  assertAlive(): void {
    if (this.failure) throw this.failure;
  }

  /** Cuts the session, which gives the lock away. */
  close(): void {
    this.failure ??= new EventLogError('log-closed', 'the session of the relay is closed');
    clearInterval(this.beating);
    cut(this.client);
  }

  /** One statement at a time: a beat waits for what is under way. */
  private async ask<Row extends QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> {
    this.assertAlive();
    const query = { text, values: [...values], query_timeout: this.tuning.deadlineMs };
    try {
      return (await this.client.query<Row>(query)).rows;
    } catch (error) {
      throw this.fail(error);
    }
  }

  private fail(error: unknown): EventLogError {
    if (this.failure) return this.failure;
    this.failure = asEventLogError(error);
    this.wake();
    return this.failure;
  }
}
