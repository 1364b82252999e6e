import { replayResultSchema } from '@muster/contracts';
import type { ReplayNode, ReplaySummary, ReplayView } from '@muster/contracts';
import type { Queryable } from './database.js';

interface ReplayRow {
  id: string;
  from: number;
  to: number;
  extensions: string[] | null;
  redeploy: boolean;
  planDigest: string | null;
  actor: string;
  createdAt: Date;
  expiresAt: Date;
  events: number;
  eventsTotal: number;
}

interface PartRow {
  node: string;
  doneAt: Date | null;
  result: unknown;
  expired: boolean;
  leased: boolean | null;
  retired: boolean;
}

const REPLAY_COLUMNS = `r.id, r.from_revision as "from", r.to_revision as "to", r.extensions, r.redeploy,
  r.plan_digest as "planDigest", r.actor, r.created_at as "createdAt", r.expires_at as "expiresAt", r.events,
  r.events_total as "eventsTotal"`;

/** A part that is still waited for: `o` is the order, `n` its node. Who was retired meanwhile is not. */
const WAITING = `o.done_at is null and o.expires_at > clock_timestamp() and n.retired_at is null`;

/** A replay with what each node made of it, sorted by node. */
export async function readReplay(session: Queryable, id: string): Promise<ReplayView | undefined> {
  const [row] = await session.query<ReplayRow>(`select ${REPLAY_COLUMNS} from replay r where r.id = $1`, [id]);
  if (row === undefined) return undefined;
  const parts = await session.query<PartRow>(
    `select o.node, o.done_at as "doneAt", o.result, o.expires_at <= clock_timestamp() as expired,
       n.lease_until > clock_timestamp() as leased, n.retired_at is not null as retired
     from node_order o left join node n on n.id = o.node where o.replay = $1 order by o.node collate "C"`,
    [id],
  );
  const nodes = parts.map(asNode);
  const waiting = nodes.filter(({ state }) => state === 'waiting').length;
  return { ...asReplay(row, waiting), nodes };
}

/** The newest first, with the number of nodes that each still waits for. */
export async function readLatestReplays(database: Queryable, limit: number): Promise<ReplaySummary[]> {
  const rows = await database.query<ReplayRow & { waiting: number }>(
    `select ${REPLAY_COLUMNS}, (
       select count(*) from node_order o left join node n on n.id = o.node where o.replay = r.id and ${WAITING}
     ) as waiting
     from replay r order by r.created_at desc, r.id limit $1`,
    [limit],
  );
  return rows.map(({ waiting, ...row }) => ({ ...asReplay(row, waiting), waiting }));
}

function asReplay(row: ReplayRow, waiting: number): Omit<ReplayView, 'nodes'> {
  const { extensions, planDigest, createdAt, expiresAt, eventsTotal, ...rest } = row;
  return {
    ...rest,
    ...(extensions !== null && { extensions }),
    ...(planDigest !== null && { planDigest }),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    ended: waiting === 0 && rest.events === eventsTotal,
  };
}

function asNode({ node, doneAt, result, expired, leased, retired }: PartRow): ReplayNode {
  if (doneAt !== null) return { node, ...readResult(result), doneAt: doneAt.toISOString() };
  if (retired) return { node, state: 'expired', reason: 'the node was retired' };
  if (expired) return { node, state: 'expired', reason: 'the node did not come back in time' };
  if (leased === true) return { node, state: 'waiting' };
  return { node, state: 'waiting', reason: 'node-absent: the node does not report; it begins when it comes back' };
}

function readResult(result: unknown): Omit<ReplayNode, 'node' | 'doneAt'> {
  const parsed = replayResultSchema.safeParse(result);
  if (parsed.success) return parsed.data;
  return { state: 'parked', reason: 'the node gave an answer that this version cannot read' };
}
