import { listProposals } from '@muster/catalog';
import { EMPTY_CHAIN, rootDigest } from '@muster/contracts';
import type { Hold, NodeState } from '@muster/contracts';
import type { CatalogFacts, EnrolledNode, Head, Refusal } from '../model/facts.js';
import { time } from '../model/node-view.js';
import type { Queryable } from './database.js';

interface FactsRow {
  nowMs: number;
  catalogId: string;
  revision: number | null;
  chain: string | null;
  rootDigest: string | null;
  committedAtMs: number | null;
  chains: Record<string, string> | null;
  nextCommits: Record<string, number> | null;
  frozen: HoldRow | null;
}

interface HoldRow {
  sinceMs: number;
  actor: string;
  reason: string;
}

interface NodeRow {
  node: string;
  enrolledAtMs: number;
  address: string | null;
  retiredAtMs: number | null;
  starts: number;
  paused: HoldRow | null;
  state: NodeState | null;
  inSync: boolean | null;
  sinceMs: number | null;
}

/** The clock is read last, so that nothing that the statement sees lies after it. */
const FACTS = `
  select c.id as "catalogId", h.number::float8 as revision, h.chain, h.root_digest as "rootDigest",
    (extract(epoch from h.committed_at) * 1000)::float8 as "committedAtMs",
    (select jsonb_object_agg(number, chain) from revision where number = any($1::bigint[])) as chains,
    (select jsonb_object_agg(number - 1, extract(epoch from committed_at) * 1000) from revision
     where number = any(select n + 1 from unnest($1::bigint[]) n)) as "nextCommits",
    (select jsonb_build_object('sinceMs', extract(epoch from f.at) * 1000, 'actor', f.actor, 'reason', f.reason)
     from catalog_freeze f) as frozen,
    (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"
  from catalog c
  left join lateral (select * from revision order by number desc limit 1) h on true`;

const NODES = `
  select n.id as node, (extract(epoch from n.enrolled_at) * 1000)::float8 as "enrolledAtMs", n.address,
    (extract(epoch from n.retired_at) * 1000)::float8 as "retiredAtMs", n.starts::float8 as starts,
    case when n.paused_at is not null then jsonb_build_object('sinceMs', extract(epoch from n.paused_at) * 1000,
      'actor', coalesce(n.paused_by, ''), 'reason', coalesce(n.pause_reason, '')) end as paused, s.state, s.in_sync as "inSync",
    (extract(epoch from s.since) * 1000)::float8 as "sinceMs"
  from node n left join node_status s on s.node = n.id
  order by n.id collate "C"`;

/** A refusal is told for so long: an agent that is refused asks again until it is not. */
const REFUSALS = `
  select node, code, claimant, detail, holder, (extract(epoch from at) * 1000)::float8 as "atMs"
  from node_refusal where at > clock_timestamp() - interval '5 minutes' order by at, node, code, claimant limit 500`;

/** What the catalog says now, and which of these revisions it has. In a snapshot the statements agree. */
export async function readFacts(session: Queryable, revisions: readonly number[]): Promise<CatalogFacts> {
  const [row] = await session.query<FactsRow>(FACTS, [[...revisions]]);
  if (row === undefined) throw new Error('the table catalog has lost its row');
  const nodes = await session.query<NodeRow>(NODES);
  const refusals = await session.query<Omit<Refusal, 'holder'> & { holder: string | null }>(REFUSALS);
  const proposals = await listProposals(session, { state: 'open' });
  return {
    nowMs: row.nowMs,
    head: asHead(row),
    nodes: nodes.map(asNode),
    chains: byRevision(row.chains, [0, EMPTY_CHAIN]),
    nextCommits: byRevision(row.nextCommits),
    refusals: refusals.map(({ holder, ...refusal }) => ({ ...refusal, ...(holder !== null && { holder }) })),
    proposals,
    ...(row.frozen !== null && { frozen: asHold(row.frozen) }),
  };
}

function byRevision<Value>(found: Record<string, Value> | null, ...more: [number, Value][]): Map<number, Value> {
  const entries = Object.entries(found ?? {}).map(([revision, value]): [number, Value] => [Number(revision), value]);
  return new Map([...more, ...entries]);
}

function asHold({ sinceMs, actor, reason }: HoldRow): Hold {
  return { since: time(sinceMs), actor, reason };
}

function asHead(row: FactsRow): Head {
  return {
    catalogId: row.catalogId,
    revision: row.revision ?? 0,
    chain: row.chain ?? EMPTY_CHAIN,
    rootDigest: row.rootDigest ?? rootDigest([]),
    ...(row.committedAtMs !== null && { committedAtMs: row.committedAtMs }),
  };
}

function asNode(row: NodeRow): EnrolledNode {
  const { node, enrolledAtMs, address, retiredAtMs, starts, paused, state, inSync, sinceMs } = row;
  return {
    node,
    enrolledAtMs,
    starts,
    ...(paused !== null && { paused: asHold(paused) }),
    ...(address !== null && { address }),
    ...(retiredAtMs !== null && { retiredAtMs }),
    ...(state !== null && inSync !== null && sinceMs !== null && { last: { state, inSync, sinceMs } }),
  };
}
