import type { QueryResultRow } from 'pg';
import type { OutboxMessage, Parcel } from './shipment.js';
import { parcelsOf } from './shipment.js';

interface Statements {
  run<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** The part of the table `event` that is not shipped yet. */
export class Outbox {
  constructor(
    private readonly statements: Statements,
    private readonly readRows: number,
  ) {}

  /** What is to be shipped next, in commit order: positions are drawn under the commit's lock. */
  async front(): Promise<Parcel[]> {
    const messages = await this.statements.run<OutboxMessage & QueryResultRow>(
      `select position::text, revision::text, payload ->> 'replayId' as replay, payload::text as text
         from event where published_at is null order by event.position limit $1`,
      [this.readRows],
    );
    return parcelsOf(messages, messages.length === this.readRows);
  }

  /** Call it when the broker has them. A revision is published when its own messages are; a replay does not change that. */
  async mark(parcels: readonly Parcel[]): Promise<void> {
    const positions = parcels.flatMap(({ messages }) => messages.map(({ position }) => position));
    await this.statements.run(
      `with shipped as (
         update event set published_at = clock_timestamp() where position = any($1::bigint[]) and published_at is null
         returning revision, payload ->> 'replayId' as replay)
       update revision set published_at = clock_timestamp()
        where published_at is null and number in (select revision from shipped where replay is null)`,
      [positions],
    );
  }

  /** How much waits, and for how long. */
  static async waiting(statements: Statements): Promise<{ readonly unpublished: number; readonly oldestMs: number }> {
    const [row] = await statements.run<{ unpublished: number; oldest_ms: number }>(
      `select count(*)::int as unpublished,
              coalesce(round(extract(epoch from clock_timestamp() - min(created_at)) * 1000), 0)::float8 as oldest_ms
         from event where published_at is null`,
    );
    return { unpublished: row?.unpublished ?? 0, oldestMs: row?.oldest_ms ?? 0 };
  }
}
