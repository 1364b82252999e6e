import type { NodeReadiness, ReadinessState } from '@muster/contracts';
import { PAUSE_COLUMNS } from '../node-pause.js';
import type { PauseRow } from '../node-pause.js';
import type { Queryable } from '../database.js';

interface ReadinessRow extends PauseRow {
  proposal: string;
  node: string;
  state: ReadinessState;
  code: string | null;
  reason: string | null;
  reportedAt: Date | null;
  proposedAt: Date;
  leaseUntil: Date;
  stoppedAt: Date | null;
}

/**
 * How far every expected node is with each of these proposals, at this moment. Only what the instance said that the node has
 * now counts: another one's trees went with it. Sorted by node.
 */
export async function readReadiness(
  database: Queryable,
  proposals: readonly string[],
): Promise<ReadonlyMap<string, NodeReadiness[]>> {
  const rows = await database.query<ReadinessRow>(
    `select p.id as proposal, n.id as node, r.code, r.reason, r.at as "reportedAt", p.created_at as "proposedAt",
       n.lease_until as "leaseUntil", n.stopped_at as "stoppedAt", ${PAUSE_COLUMNS},
       case when n.paused_at is not null then 'paused'
         when n.lease_until <= clock_timestamp() then 'absent'
         when r.node is null then 'waiting'
         when r.ready then 'ready'
         when r.code is null then 'staging'
         else 'failed' end as state
     from proposal p cross join node n
       left join proposal_readiness r on r.proposal = p.id and r.node = n.id and r.instance = n.instance
     where p.id = any($1::uuid[]) and n.retired_at is null
     order by n.id collate "C"`,
    [[...proposals]],
  );
  const all = new Map<string, NodeReadiness[]>(proposals.map((id) => [id, []]));
  for (const row of rows) all.get(row.proposal)?.push(asReadiness(row));
  return all;
}

function isReady({ state }: NodeReadiness): boolean {
  return state === 'ready';
}

/** A cluster without nodes is not ready. */
export function areAllReady(nodes: readonly NodeReadiness[]): boolean {
  return nodes.length > 0 && nodes.every(isReady);
}

/** `node-2: disk-full: …; node-3: …`, of those that are not ready. */
export function describeNotReady(nodes: readonly NodeReadiness[]): string {
  return nodes
    .filter((one) => !isReady(one))
    .map(({ node, state, reason }) => `${node}: ${reason ?? WORDS[state]}`)
    .join('; ');
}

const WORDS: Readonly<Record<ReadinessState, string>> = {
  waiting: 'has not begun',
  staging: 'is still fetching, unpacking and checking',
  ready: 'is ready',
  failed: 'could not get ready',
  paused: 'is paused',
  absent: 'is not there',
};

function asReadiness(row: ReadinessRow): NodeReadiness {
  const { node, state, code, reason, reportedAt, proposedAt, leaseUntil, stoppedAt } = row;
  if (state === 'paused') {
    const since = (row.pausedAt ?? proposedAt).toISOString();
    return { node, state, code: 'node-paused', reason: `is paused by ${row.pausedBy}: ${row.pauseReason}`, since };
  }
  if (state === 'absent') {
    const since = (stoppedAt ?? leaseUntil).toISOString();
    const words = stoppedAt === null ? `has not been heard of since ${since}` : `was stopped at ${since}`;
    return { node, state, code: 'node-offline', reason: words, since };
  }
  const since = (state === 'waiting' ? proposedAt : (reportedAt ?? proposedAt)).toISOString();
  return { node, state, since, ...(code !== null && { code }), ...(reason !== null && { reason }) };
}
