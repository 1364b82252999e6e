import { EMPTY_CHAIN, rootDigest } from '@muster/contracts';
import type { NodeState } from '@muster/contracts';
import type { CatalogFacts, EnrolledNode, Head } from '../model/facts.js';
import type { Queryable } from './database.js';

interface FactsRow {
  nowMs: number;
  catalogId: string;
  revision: number | null;
  chain: string | null;
  rootDigest: string | null;
  committedAtMs: number | null;
  chains: Record<string, string> | null;
}

interface NodeRow {
  node: string;
  enrolledAtMs: number;
  address: string | null;
  retiredAtMs: number | null;
  state: NodeState | null;
  inSync: boolean | null;
  sinceMs: number | null;
}

/** The clock is read last, so that nothing that the statement sees lies after it. */
const FACTS = `
  select c.id as "catalogId", h.number::float8 as revision, h.chain, h.root_digest as "rootDigest",
    (extract(epoch from h.committed_at) * 1000)::float8 as "committedAtMs",
    (select jsonb_object_agg(number, chain) from revision where number = any($1::bigint[])) as chains,
    (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"
  from catalog c
  left join lateral (select * from revision order by number desc limit 1) h on true`;

const NODES = `
  select n.id as node, (extract(epoch from n.enrolled_at) * 1000)::float8 as "enrolledAtMs", n.address,
    (extract(epoch from n.retired_at) * 1000)::float8 as "retiredAtMs", s.state, s.in_sync as "inSync",
    (extract(epoch from s.since) * 1000)::float8 as "sinceMs"
  from node n left join node_status s on s.node = n.id
  order by n.id collate "C"`;

/** What the catalog says now, and which of these revisions it has. In a snapshot the statements agree. */
export async function readFacts(session: Queryable, revisions: readonly number[]): Promise<CatalogFacts> {
  const [row] = await session.query<FactsRow>(FACTS, [[...revisions]]);
  if (row === undefined) throw new Error('the table catalog has lost its row');
  const nodes = await session.query<NodeRow>(NODES);
  const chains = new Map([[0, EMPTY_CHAIN]]);
  for (const [revision, chain] of Object.entries(row.chains ?? {})) chains.set(Number(revision), chain);
  return { nowMs: row.nowMs, head: asHead(row), nodes: nodes.map(asNode), chains };
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
  const { node, enrolledAtMs, address, retiredAtMs, state, inSync, sinceMs } = row;
  return {
    node,
    enrolledAtMs,
    ...(address !== null && { address }),
    ...(retiredAtMs !== null && { retiredAtMs }),
    ...(state !== null && inSync !== null && sinceMs !== null && { last: { state, inSync, sinceMs } }),
  };
}
