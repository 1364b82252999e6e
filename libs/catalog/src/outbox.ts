import type { LogMessage } from '@muster/contracts';
import type { Session } from './database.js';

export interface OutboxMessage {
  /** Of the revision that the message tells of; absent where it belongs to none. */
  readonly revision?: number;
  readonly payload: LogMessage;
}

export interface OutboxOptions {
  /** Consumers read the outbox itself: what is committed is published. Otherwise a relay says when it was. */
  readonly published?: boolean;
}

/**
 * Appends to the outbox, in order, and wakes its readers. Positions have no gaps and follow commit order: call it under the
 * commit's lock only.
 */
export async function appendToOutbox(
  session: Session,
  messages: readonly OutboxMessage[],
  { published = false }: OutboxOptions,
): Promise<void> {
  const [last] = await session.query<{ position: number }>('select coalesce(max(position), 0) as position from event');
  const before = last?.position ?? 0;
  await session.query(
    `insert into event (position, revision, payload, published_at)
     select $1 + ordinality, revision, payload::jsonb, case when $4 then clock_timestamp() end
     from unnest($2::bigint[], $3::text[]) with ordinality as e (revision, payload, ordinality)`,
    [
      before,
      messages.map(({ revision }) => revision ?? null),
      messages.map(({ payload }) => JSON.stringify(payload)),
      published,
    ],
  );
  await session.query(`select pg_notify('muster_event', $1)`, [String(before + messages.length)]);
}
