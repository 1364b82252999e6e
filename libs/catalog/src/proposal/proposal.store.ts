import { createHash } from 'node:crypto';
import type { ChangeResult, NodeReadiness, ProposalState, ProposalView, ProposedPackage } from '@muster/contracts';
import { outboxTransaction, takeCommitLock } from '../commit-lock.js';
import type { Database, Queryable, Session } from '../database.js';
import { isUuid } from '../is-uuid.js';
import { wakeNodes } from '../order.store.js';
import type { OutboxOptions } from '../outbox.js';
import { readReadiness } from './readiness.js';

export interface NewProposal {
  /** A UUID; the revision's import id, if it comes to one. */
  readonly id: string;
  readonly actor: string;
  /** The head that it was planned against. */
  readonly base: { readonly revision: number; readonly chain: string };
  readonly changes: readonly ChangeResult[];
  /** `blob` is absent where the catalog had the zip before. */
  readonly packages: readonly { readonly package: ProposedPackage; readonly blob?: string }[];
  readonly deadlineMs: number;
}

/** What an agent says of itself. `code` and `reason` only with `failed`. */
export interface ReadinessReport {
  readonly proposal: string;
  readonly node: string;
  readonly instance: string;
  readonly state: 'staging' | 'ready' | 'failed';
  readonly code?: string;
  readonly reason?: string;
}

export interface ListOptions {
  /** Only those that nodes get ready for now. */
  readonly state?: 'open';
  readonly limit?: number;
}

interface ProposalRow extends Omit<ProposalView, 'createdAt' | 'expiresAt' | 'settledAt' | 'reason' | 'revision'> {
  createdAt: Date;
  expiresAt: Date;
  settledAt: Date | null;
  reason: string | null;
  revision: number | null;
  expired: boolean;
}

const COLUMNS = `id, state, actor, base_revision::float8 as "baseRevision", changes, created_at as "createdAt",
  expires_at as "expiresAt", settled_at as "settledAt", reason, revision::float8 as revision, nodes,
  state = 'open' and expires_at <= clock_timestamp() as expired`;

const OPEN = `state = 'open' and expires_at > clock_timestamp()`;

/** Most proposals that one answer lists. */
const MAX_LISTED = 100;

/** Packages that every node is to stage before one of them is switched. Times are the database's. */
export class ProposalStore {
  constructor(private readonly database: Database) {}

  /**
   * Keeps its zips from being collected, and wakes all nodes. False where a proposal has this id already.
   *
   * @throws CatalogError `lock-timeout`, `database-away`
   */
  make(proposal: NewProposal, options: OutboxOptions = {}): Promise<boolean> {
    return outboxTransaction(this.database, async (session) => {
      if (!(await insertProposal(session, proposal))) return false;
      await insertPackages(session, proposal);
      await takeCommitLock(session);
      await wakeAll(session, options);
      return true;
    });
  }

  /** How far this node is. False where the proposal is over. */
  async report({ proposal, node, instance, state, code, reason }: ReadinessReport): Promise<boolean> {
    const rows = await this.database.query(
      `insert into proposal_readiness (proposal, node, instance, ready, code, reason)
       select id, $2, $3, $4, $5, $6 from proposal where id = $1 and ${OPEN}
       on conflict (proposal, node) do update set instance = excluded.instance, ready = excluded.ready,
         code = excluded.code, reason = excluded.reason, at = clock_timestamp()
       returning proposal`,
      [proposal, node, instance, state === 'ready', code ?? null, reason ?? null],
    );
    return rows.length === 1;
  }

  async find(id: string): Promise<ProposalView | undefined> {
    if (!isUuid(id)) return undefined;
    const [found] = await readProposals(this.database, 'id = $1', [id], 1);
    return found;
  }

  /** The newest first. */
  list({ state, limit = MAX_LISTED }: ListOptions = {}): Promise<ProposalView[]> {
    return listProposals(this.database, { limit, ...(state !== undefined && { state }) });
  }

  /** Ends an open one with nothing changed, and wakes the nodes to let go of it. False where it was over already. */
  void(id: string, reason: string, options: OutboxOptions = {}): Promise<boolean> {
    return outboxTransaction(this.database, async (session) => {
      // Waits for an activation that is under way: either comes first, and the other finds it settled.
      const open = await session.query(`select id from proposal where id = $1 and state = 'open' for no key update`, [
        id,
      ]);
      if (open.length === 0) return false;
      const nodes = (await readReadiness(session, [id])).get(id) ?? [];
      await session.query(
        `update proposal set state = 'void', reason = $2, settled_at = clock_timestamp(), nodes = $3 where id = $1`,
        [id, reason, JSON.stringify(nodes)],
      );
      await session.query('delete from proposal_package where proposal = $1', [id]);
      await takeCommitLock(session);
      await wakeAll(session, options);
      return true;
    });
  }

  /** Those past their deadline that whoever made them has had the time to settle, and has not. */
  async abandoned({ graceMs = 60_000 } = {}): Promise<{ readonly id: string; readonly expiresAt: string }[]> {
    const rows = await this.database.query<{ id: string; expiresAt: Date }>(
      `select id, expires_at as "expiresAt" from proposal
       where state = 'open' and expires_at <= clock_timestamp() - $1 * interval '1 millisecond' order by expires_at`,
      [graceMs],
    );
    return rows.map(({ id, expiresAt }) => ({ id, expiresAt: expiresAt.toISOString() }));
  }
}

/** The same for whoever reads more of the catalog in one transaction. */
export function listProposals(
  database: Queryable,
  { state, limit = MAX_LISTED }: ListOptions = {},
): Promise<ProposalView[]> {
  return readProposals(database, state === 'open' ? OPEN : 'true', [], Math.min(limit, MAX_LISTED));
}

async function readProposals(
  database: Queryable,
  condition: string,
  values: readonly unknown[],
  limit: number,
): Promise<ProposalView[]> {
  const rows = await database.query<ProposalRow>(
    `select ${COLUMNS} from proposal where ${condition} order by created_at desc, id limit ${Math.trunc(limit)}`,
    [...values],
  );
  const unsettled = rows.filter(({ state }) => state === 'open').map(({ id }) => id);
  const readiness = unsettled.length === 0 ? new Map() : await readReadiness(database, unsettled);
  return rows.map((row) => asView(row, readiness));
}

async function insertProposal(
  session: Session,
  { id, actor, base, changes, deadlineMs }: NewProposal,
): Promise<boolean> {
  const text = JSON.stringify(changes);
  const inserted = await session.query(
    `insert into proposal (id, base_revision, base_chain, changes, plan_digest, actor, expires_at)
     values ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7 * interval '1 millisecond')
     on conflict (id) do nothing returning id`,
    [id, base.revision, base.chain, text, createHash('sha256').update(text).digest('hex'), actor, deadlineMs],
  );
  return inserted.length === 1;
}

async function insertPackages(session: Session, { id, packages }: NewProposal): Promise<void> {
  const blobs = packages.flatMap(({ blob }) => blob ?? []);
  // Collection skips what is held like this, and sees the reference afterwards.
  await session.query('select id from blob where id = any($1) order by id for share', [blobs]);
  await session.query(
    `insert into proposal_package (proposal, position, sha256, blob, package)
     select $1, c.position - 1, c.sha256, coalesce(c.blob::uuid, p.blob), c.package::jsonb
     from unnest($2::text[], $3::text[], $4::text[]) with ordinality as c (sha256, blob, package, position)
       left join package p on p.sha256 = c.sha256`,
    [
      id,
      packages.map((one) => one.package.sha256),
      packages.map(({ blob }) => blob ?? null),
      packages.map((one) => JSON.stringify(one.package)),
    ],
  );
}

async function wakeAll(session: Session, options: OutboxOptions): Promise<void> {
  const nodes = await session.query<{ id: string }>('select id from node where retired_at is null order by id');
  if (nodes.length === 0) return;
  await wakeNodes(
    session,
    nodes.map(({ id }) => id),
    options,
  );
}

function asView(row: ProposalRow, readiness: ReadonlyMap<string, NodeReadiness[]>): ProposalView {
  const { createdAt, expiresAt, settledAt, reason, revision, expired, ...rest } = row;
  const state: ProposalState = expired ? 'void' : row.state;
  const words = expired ? 'its deadline passed' : reason;
  return {
    ...rest,
    state,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    ...(settledAt !== null && { settledAt: settledAt.toISOString() }),
    ...(words !== null && { reason: words }),
    ...(revision !== null && { revision }),
    nodes: readiness.get(row.id) ?? row.nodes,
  };
}
