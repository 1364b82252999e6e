import type { TurnWait } from '@muster/contracts';
import type { Database, Session } from '../database.js';
import { readBarriers, type AskedChange } from './turn-barriers.js';
import {
  grant,
  keepPlace,
  readMaxDeploying,
  readWait,
  takeTurnLock,
  wakeWaiting,
  type TurnAsker,
} from './turn-queue.js';

export interface TurnQuestion {
  readonly changes: readonly AskedChange[];
  /** The head that the node follows. */
  readonly revision: number;
  /** How long the turn, or the place in the queue, lasts without renewal. */
  readonly leaseMs: number;
}

export type TurnDecision =
  | { readonly kind: 'granted' }
  | { readonly kind: 'waits'; readonly wait: TurnWait }
  | { readonly kind: 'barred'; readonly barred: ReadonlyMap<string, TurnWait> };

export interface HookFailure {
  readonly extension: string;
  /** Of the zip that came; absent for a removal. */
  readonly sha256?: string;
  readonly code: string;
  readonly detail: string;
}

export interface SetMaxDeploying {
  readonly value: number;
  readonly actor: string;
  /** RFC 3339. */
  readonly at: string;
}

/** A failure longer than this is cut where it is kept. */
const MAX_DETAIL = 1_000;

const FAIL = `
  insert into deploy_failure as f (node, extension, sha256, revision, code, detail)
  select $1, x.extension, x.sha256, $2, x.code, x.detail
  from jsonb_to_recordset($3::jsonb) as x (extension text, sha256 text, code text, detail text)
  on conflict (node, extension) do update set revision = excluded.revision, sha256 = excluded.sha256, code = excluded.code,
    detail = excluded.detail, at = excluded.at,
    waived_at = case when f.sha256 is not distinct from excluded.sha256 then f.waived_at end,
    waived_by = case when f.sha256 is not distinct from excluded.sha256 then f.waived_by end`;

/**
 * Who runs deploy hooks, and who waits: at most so many nodes at once, first come, first served. Every time is the database's.
 * All that decides is one transaction under one advisory lock, so no two askers see different sides of a lease's end.
 */
export class TurnStore {
  constructor(private readonly database: Database) {}

  /**
   * Takes the turn, or a place in the queue. Only for a caller that holds the storage's lock of its node: no other process of
   * the node runs a hook then, so whatever it left behind is settled first.
   */
  take(asker: TurnAsker, question: TurnQuestion): Promise<TurnDecision> {
    return this.decide(asker, question, true);
  }

  /** Whether `take` would be granted now; keeps the place in the queue where there is something to wait for. */
  look(asker: TurnAsker, question: TurnQuestion): Promise<TurnDecision> {
    return this.decide(asker, question, false);
  }

  /**
   * Lengthens a turn that has not ended; false where it has. With `running` it is noted which hook starts now: should the turn
   * run out, nobody knows how that one ended.
   */
  renew(
    { node, instance }: TurnAsker,
    lasts: { readonly leaseMs: number; readonly running?: Pick<HookFailure, 'extension' | 'sha256'> },
  ): Promise<boolean> {
    const { leaseMs, running } = lasts;
    return this.locked(async (session) => {
      const rows = await session.query(
        `update deploy_lease set changes = coalesce($4::jsonb, changes),
           expires_at = greatest(expires_at, clock_timestamp() + $3 * interval '1 millisecond')
         where node = $1 and instance = $2 and granted_at is not null and expires_at > clock_timestamp() returning node`,
        [node, instance, leaseMs, running === undefined ? null : JSON.stringify([running])],
      );
      return rows.length === 1;
    });
  }

  /** While the node is busy otherwise: its place, if it has one, is not lost. */
  async keep({ node, instance }: TurnAsker, leaseMs: number): Promise<void> {
    await this.locked((session) =>
      session.query(
        `update deploy_lease set expires_at = clock_timestamp() + $3 * interval '1 millisecond'
         where node = $1 and instance = $2 and granted_at is null and expires_at > clock_timestamp()`,
        [node, instance, leaseMs],
      ),
    );
  }

  /** Which of these must not be deployed on this node now, and why. */
  barriers(node: string, changes: readonly AskedChange[]): Promise<ReadonlyMap<string, TurnWait>> {
    return readBarriers(this.database, node, changes);
  }

  /** Gives a turn or a place back; nothing where another process of the node has it. */
  async release({ node, instance }: TurnAsker): Promise<void> {
    await this.database.transaction(async (session) => {
      const rows = await session.query('delete from deploy_lease where node = $1 and instance = $2 returning node', [
        node,
        instance,
      ]);
      if (rows.length > 0) await wakeWaiting(session);
    });
  }

  /** A hook has failed on this node. What an operator has waived stays waived, however often it fails. */
  async fail(node: string, revision: number, { detail, ...failure }: HookFailure): Promise<void> {
    const rows = [{ ...failure, detail: detail.slice(0, MAX_DETAIL) }];
    await this.database.query(FAIL, [node, revision, JSON.stringify(rows)]);
  }

  /**
   * Under the storage's lock: a turn of this node that was not given back counts as a failure of what it was deploying, until
   * that was tried again. The extensions whose hooks have failed on this node.
   *
   * Nobody else of this node takes a turn meanwhile: where there is none, the lock of all turns is left to those who need it.
   */
  async settle(node: string): Promise<string[]> {
    const [left] = await this.database.query('select from deploy_lease where node = $1 and granted_at is not null', [
      node,
    ]);
    if (left !== undefined) await this.locked((session) => settleTurn(session, node));
    const rows = await this.database.query<{ extension: string }>(
      'select extension from deploy_failure where node = $1',
      [node],
    );
    return rows.map(({ extension }) => extension);
  }

  /** These no longer fail on this node. */
  async clear(node: string, extensions: readonly string[]): Promise<void> {
    await this.database.transaction(async (session) => {
      const rows = await session.query(
        'delete from deploy_failure where node = $1 and extension = any($2) returning node',
        [node, [...extensions]],
      );
      if (rows.length > 0) await wakeWaiting(session);
    });
  }

  /** An operator lets the other nodes go on with this extension; the nodes whose failures no longer count. */
  waive(extension: string, actor: string): Promise<string[]> {
    return this.locked(async (session) => {
      const failed = await session.query<{ node: string }>(
        `update deploy_failure set waived_at = clock_timestamp(), waived_by = $2
         where extension = $1 and waived_at is null returning node`,
        [extension, actor],
      );
      const silent = await session.query<{ node: string }>(
        `delete from deploy_lease where granted_at is not null and expires_at <= clock_timestamp()
           and changes @> jsonb_build_array(jsonb_build_object('extension', $1::text)) returning node`,
        [extension],
      );
      await wakeWaiting(session);
      return [...new Set([...failed, ...silent].map(({ node }) => node))].sort();
    });
  }

  maxDeploying(): Promise<number> {
    return readMaxDeploying(this.database);
  }

  /** Who set it and when; undefined where it has its default. */
  async maxDeployingSet(): Promise<SetMaxDeploying | undefined> {
    const [row] = await this.database.query<{ value: number; actor: string; at: Date }>(
      `select value, actor, at from setting where name = 'max-deploying'`,
    );
    return row && { ...row, at: row.at.toISOString() };
  }

  /** Without a value it gets its default again. */
  async setMaxDeploying(value: number | undefined, actor: string): Promise<void> {
    await this.database.transaction(async (session) => {
      if (value === undefined) await session.query(`delete from setting where name = 'max-deploying'`);
      else
        await session.query(
          `insert into setting (name, value, actor) values ('max-deploying', $1, $2)
           on conflict (name) do update set value = excluded.value, actor = excluded.actor, at = clock_timestamp()`,
          [value, actor],
        );
      await wakeWaiting(session);
    });
  }

  private decide(asker: TurnAsker, question: TurnQuestion, takes: boolean): Promise<TurnDecision> {
    const { node } = asker;
    const { changes, revision, leaseMs } = question;
    return this.locked(async (session) => {
      if (takes) await settleTurn(session, node);
      const barred = await readBarriers(session, node, changes);
      if (barred.size > 0) {
        await givePlaceBack(session, asker);
        return { kind: 'barred', barred };
      }
      const kept = await keepPlace(session, asker, { revision, leaseMs, takesOver: takes });
      if (!kept) return { kind: 'waits', wait: { detail: `an import on ${node} runs first`, node, failed: false } };
      const wait = await readWait(session, node);
      if (wait !== undefined) return { kind: 'waits', wait };
      if (takes) await grant(session, asker);
      return { kind: 'granted' };
    });
  }

  private locked<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.database.transaction(async (session) => {
      await takeTurnLock(session);
      return work(session);
    });
  }
}

/** What is barred waits for no turn: others would wait for its place. */
async function givePlaceBack(session: Session, { node, instance }: TurnAsker): Promise<void> {
  const rows = await session.query(
    'delete from deploy_lease where node = $1 and instance = $2 and granted_at is null returning node',
    [node, instance],
  );
  if (rows.length > 0) await wakeWaiting(session);
}

/** Whoever holds the storage's lock knows that no hook of a turn that is still noted runs any more. */
async function settleTurn(session: Session, node: string): Promise<void> {
  const [stale] = await session.query<{ revision: number; changes: { extension: string; sha256?: string }[] }>(
    'delete from deploy_lease where node = $1 and granted_at is not null returning revision, changes',
    [node],
  );
  if (stale === undefined) return;
  const failures = stale.changes.map((change) => ({
    ...change,
    code: 'hook-interrupted',
    detail: 'whoever ran it died, or lost the catalog, before it said how it ended',
  }));
  await session.query(FAIL, [node, stale.revision, JSON.stringify(failures)]);
  await wakeWaiting(session);
}
