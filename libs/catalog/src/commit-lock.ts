import { CatalogError } from './catalog-error.js';
import { sqlState } from './database.js';
import type { Database, Queryable, Session } from './database.js';

/** The advisory lock under which revision numbers and event positions are drawn. */
const COMMIT_LOCK = 0x4d7573746572;

/** SQLSTATE of a lock that was not to be had within `lock_timeout`. */
export const LOCK_NOT_AVAILABLE = '55P03';

export async function limitLockWait(session: Session, lockTimeoutMs: number): Promise<void> {
  await session.query(`set local lock_timeout = ${Math.trunc(lockTimeoutMs)}`);
}

/** A statement of its own: with `max + 1` in the same one, two writers would draw one number. Held to the transaction's end. */
export async function takeCommitLock(session: Session): Promise<void> {
  await session.query(`select pg_advisory_xact_lock(${COMMIT_LOCK})`);
}

/**
 * A transaction that writes to the outbox besides a revision's: its work takes the commit's lock, as late as it can.
 *
 * @throws CatalogError `lock-timeout`, `database-away`; nothing was changed
 */
export async function outboxTransaction<Result>(
  database: Database,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  try {
    return await database.transaction(async (session) => {
      await limitLockWait(session, database.lockTimeoutMs);
      return work(session);
    });
  } catch (error) {
    if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
    throw new CatalogError('lock-timeout', await describeLockTimeout(database, database.lockTimeoutMs), {
      remedy: LOCK_REMEDY,
      cause: error,
    });
  }
}

export const LOCK_REMEDY = 'try again; if it stays so, look at that process in pg_stat_activity';

/** For people: how long was waited, and for whom. Outside of the transaction that failed. */
export async function describeLockTimeout(database: Queryable, lockTimeoutMs: number): Promise<string> {
  const holders = await database.query<{ pid: number; name: string }>(
    `select a.pid, a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and (l.classid::bigint << 32) + l.objid::bigint = ${COMMIT_LOCK}
       and l.database = (select oid from pg_database where datname = current_database())`,
  );
  const who = holders.map(({ pid, name }) => `${name || 'a service'} (database process ${pid})`).join(', ');
  return `another commit held the catalog for more than ${lockTimeoutMs / 1000} s${who ? `: ${who}` : ''}`;
}
