import { Client, type ClientConfig, type QueryResult } from 'pg';
import { Backoff } from './backoff.js';
import { cut } from './cut.js';
import type { Tuning } from './options.js';
import { Wakeup } from './wakeup.js';

export interface ListenerEvents {
  /** The payload of a notification. They only wake: some may be missing, none may be relied on. */
  onNotification(payload: string): void;
  /** Listening now; `again` when an earlier connection was lost: whatever was notified between is gone. */
  onListening(again: boolean): void;
  onLost(error: Error): void;
}

/**
 * A dedicated connection that LISTENs on one channel, and is watched, because a half-open connection says nothing for
 * hours: every heartbeat asks it, under a deadline, whether it still listens (behind a pooler it may not). A connection
 * that fails is cut and made anew, with growing waits.
 */
export class PostgresListener {
  private readonly wakeup = new Wakeup();
  private readonly backoff: Backoff;
  private running: Promise<void> | undefined;
  private closed = false;
  private current: Client | undefined;
  private isListening = false;

  constructor(
    private readonly config: ClientConfig,
    private readonly channel: string,
    private readonly tuning: Tuning,
    private readonly events: ListenerEvents,
  ) {
    this.backoff = new Backoff(tuning.retryFirstMs, tuning.retryMaxMs);
  }

  get listening(): boolean {
    return this.isListening;
  }

  /** Returns at once; goes on until `close`. */
  start(): void {
    this.running ??= this.run();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wakeup.ring();
    if (this.current) cut(this.current);
    await this.running;
  }

  private async run(): Promise<void> {
    let again = false;
    while (!this.closed) {
      try {
        await this.oneConnection(again);
      } catch (error) {
        if (!this.closed) this.events.onLost(error as Error);
      }
      again ||= this.isListening;
      this.isListening = false;
      if (!this.closed) await this.wakeup.wait(this.backoff.nextMs());
    }
  }

  /** From connecting to the end of the connection. Returns only when closed; throws what went wrong. */
  private async oneConnection(again: boolean): Promise<void> {
    const client = new Client(this.config);
    this.current = client;
    let live = true;
    let failure: Error | undefined;
    const fail = (error: Error): void => {
      failure ??= error;
      if (live) this.wakeup.ring();
    };
    client.on('error', fail);
    client.on('end', () => fail(new Error('the connection ended')));
    client.on('notification', ({ payload }) => this.events.onNotification(payload ?? ''));
    try {
      await this.listen(client);
      this.events.onListening(again);
      await this.watch(client, () => failure);
    } finally {
      live = false;
      cut(client);
    }
  }

  private async listen(client: Client): Promise<void> {
    await client.connect();
    await this.ask(client, `listen ${client.escapeIdentifier(this.channel)}`);
    this.isListening = true;
    this.backoff.reset();
  }

  /** Returns only when closed; throws when the connection does not do its duty. */
  private async watch(client: Client, failure: () => Error | undefined): Promise<void> {
    for (;;) {
      await this.wakeup.wait(this.tuning.heartbeatMs);
      const failed = failure();
      if (failed) throw failed;
      if (this.closed) return;
      const { rows } = await this.ask(client, 'select pg_listening_channels() as channel');
      if (!rows.some((row) => row.channel === this.channel))
        throw new Error(`the connection no longer listens on ${this.channel}`);
    }
  }

  private ask(client: Client, text: string): Promise<QueryResult<{ channel: string }>> {
    const query = { text, query_timeout: this.tuning.deadlineMs };
    return client.query<{ channel: string }>(query);
  }
}
