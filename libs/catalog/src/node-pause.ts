import type { Hold } from '@muster/contracts';
import { outboxTransaction, takeCommitLock } from './commit-lock.js';
import type { Database } from './database.js';
import { wakeNodes } from './order.store.js';
import type { OutboxOptions } from './outbox.js';

/** A hold, as the tables keep it: all three or none. */
export interface PauseRow {
  pausedAt: Date | null;
  pausedBy: string | null;
  pauseReason: string | null;
}

/** Of `node`. */
export const PAUSE_COLUMNS = `paused_at as "pausedAt", paused_by as "pausedBy", pause_reason as "pauseReason"`;

export function asHold({ pausedAt, pausedBy, pauseReason }: PauseRow): Hold | undefined {
  if (pausedAt === null) return undefined;
  return { since: pausedAt.toISOString(), actor: pausedBy ?? '', reason: pauseReason ?? '' };
}

/** One that is paused already keeps the time since when; undefined where no such node has enrolled. */
export function pauseNode(
  database: Database,
  node: string,
  { reason, actor }: Omit<Hold, 'since'>,
  options: OutboxOptions,
): Promise<Hold | undefined> {
  return outboxTransaction(database, async (session) => {
    const [row] = await session.query<PauseRow>(
      `update node set paused_at = coalesce(paused_at, clock_timestamp()), paused_by = $2, pause_reason = $3
       where id = $1 returning ${PAUSE_COLUMNS}`,
      [node, actor, reason],
    );
    if (row === undefined) return undefined;
    await takeCommitLock(session);
    await wakeNodes(session, [node], options);
    return asHold(row);
  });
}

/** False where no such node has enrolled. */
export function resumeNode(database: Database, node: string, options: OutboxOptions): Promise<boolean> {
  return outboxTransaction(database, async (session) => {
    const rows = await session.query(
      'update node set paused_at = null, paused_by = null, pause_reason = null where id = $1 returning id',
      [node],
    );
    if (rows.length === 0) return false;
    await takeCommitLock(session);
    await wakeNodes(session, [node], options);
    return true;
  });
}
