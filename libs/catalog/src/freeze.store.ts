import type { Hold } from '@muster/contracts';
import { outboxTransaction, takeCommitLock } from './commit-lock.js';
import type { Database, Queryable, Session } from './database.js';
import type { CommitRefused } from './revision-draft.js';

interface FreezeRow {
  reason: string;
  actor: string;
  at: Date;
}

/** Whether the catalog takes changes. It is set under the commit's lock: once `freeze` has answered, no commit passes it. */
export class FreezeStore {
  constructor(private readonly database: Database) {}

  /** Who froze the catalog, since when and why; undefined while it takes changes. */
  current(): Promise<Hold | undefined> {
    return readFreeze(this.database);
  }

  /**
   * Waits for the commit that is under way. Where it is frozen already, the reason and the actor change, and the time since
   * when does not.
   *
   * @throws CatalogError `lock-timeout`, `database-away`; nothing was changed
   */
  freeze({ reason, actor }: Omit<Hold, 'since'>): Promise<Hold> {
    return outboxTransaction(this.database, async (session) => {
      await takeCommitLock(session);
      const [row] = await session.query<FreezeRow>(
        `insert into catalog_freeze (reason, actor) values ($1, $2)
         on conflict (one) do update set reason = excluded.reason, actor = excluded.actor returning reason, actor, at`,
        [reason, actor],
      );
      return asHold(row as FreezeRow);
    });
  }

  /** The freeze that this ended; undefined where there was none. */
  async unfreeze(): Promise<Hold | undefined> {
    const [row] = await this.database.query<FreezeRow>('delete from catalog_freeze returning reason, actor, at');
    return row && asHold(row);
  }
}

/** For a commit that holds the lock: refused while the catalog is frozen. */
export async function refuseFrozen(session: Session): Promise<CommitRefused | undefined> {
  const frozen = await readFreeze(session);
  return frozen && { ok: false, code: 'frozen', detail: describeFreeze(frozen), remedy: UNFREEZE };
}

/** For people: who, since when and why. */
export function describeFreeze({ actor, since, reason }: Hold): string {
  return `the catalog was frozen by ${actor} at ${since} and takes no change: ${reason}`;
}

/** What ends a freeze. */
export const UNFREEZE = 'DELETE /freeze ends it; ask who set it first.';

async function readFreeze(session: Queryable): Promise<Hold | undefined> {
  const [row] = await session.query<FreezeRow>('select reason, actor, at from catalog_freeze');
  return row && asHold(row);
}

function asHold({ reason, actor, at }: FreezeRow): Hold {
  return { since: at.toISOString(), actor, reason };
}
