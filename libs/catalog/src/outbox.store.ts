import type { Queryable } from './database.js';

/** What is committed and not shipped yet. */
export interface Unpublished {
  readonly events: number;
  /** Age of the oldest, by the clock of the database; absent where nothing waits. */
  readonly oldestMs?: number;
}

/** What waits for a relay. Where consumers read the outbox itself, nothing does. */
export class OutboxStore {
  constructor(private readonly database: Queryable) {}

  async unpublished(): Promise<Unpublished> {
    const [row] = await this.database.query<{ events: number; oldestMs: number | null }>(
      `select count(*) as events, (extract(epoch from clock_timestamp() - min(created_at)) * 1000)::float8 as "oldestMs"
       from event where published_at is null`,
    );
    const { events, oldestMs } = row ?? { events: 0, oldestMs: null };
    return { events, ...(oldestMs !== null && { oldestMs: Math.max(0, Math.round(oldestMs)) }) };
  }
}
