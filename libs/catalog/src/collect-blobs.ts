import type { Database, Session } from './database.js';

export interface CollectOptions {
  /** How long a blob may wait for a commit to refer to it; default 24 h, longer than any import lives. */
  readonly graceMs?: number;
  /** How long the zip of a package that is no longer current is kept for roll back; default 30 days. */
  readonly retentionMs?: number;
  /** Most blobs in one transaction; default 20. */
  readonly limit?: number;
}

export interface CollectResult {
  readonly blobs: number;
  readonly bytes: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Lets go of old packages' zips, then deletes the blobs that nobody refers to, in small transactions until none is left. It
 * locks blobs `for update` and skips those that a commit holds `for share`. The lock and the deletion are two statements,
 * so that the second one sees a reference that was committed just before the lock was had.
 */
export async function collectBlobs(database: Database, options: CollectOptions): Promise<CollectResult> {
  const { graceMs = DAY_MS, retentionMs = 30 * DAY_MS, limit = 20 } = options;
  await database.query(
    `with old as (
       select p.sha256 from package p
       where p.blob is not null and p.released_at <= clock_timestamp() - $1 * interval '1 millisecond'
         and not exists (select from extension e where e.sha256 = p.sha256)
       for update of p skip locked
     )
     update package p set blob = null from old
     where p.sha256 = old.sha256 and p.released_at <= clock_timestamp() - $1 * interval '1 millisecond'`,
    [retentionMs],
  );
  let [blobs, bytes] = [0, 0];
  for (;;) {
    const sizes = await database.transaction((session) => collectSome(session, graceMs, limit));
    blobs += sizes.length;
    bytes += sizes.reduce((sum, size) => sum + size, 0);
    if (sizes.length < limit) return { blobs, bytes };
  }
}

async function collectSome(session: Session, graceMs: number, limit: number): Promise<number[]> {
  const unreferenced = `not exists (select from package p where p.blob = b.id)
    and not exists (select from proposal_package pp where pp.blob = b.id)`;
  const locked = await session.query<{ id: string }>(
    `select b.id from blob b
     where b.created_at <= clock_timestamp() - $1 * interval '1 millisecond' and ${unreferenced}
     order by b.created_at limit $2 for update skip locked`,
    [graceMs, limit],
  );
  const deleted = await session.query<{ size: number }>(
    `delete from blob b where b.id = any($1) and ${unreferenced} returning b.size_bytes as size`,
    [locked.map(({ id }) => id)],
  );
  return deleted.map(({ size }) => size);
}
