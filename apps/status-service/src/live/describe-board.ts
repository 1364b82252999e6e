import type { BoardExtension, BoardNode, ClusterSummary, EventLogStatus, ProposalView } from '@muster/contracts';
import type { Assessment } from '../board/assessment.js';
import { nodeStatus } from '../http/node-status.js';
import { expectedNodes, time, type NodeView } from '../model/node-view.js';
import { describeCells } from './describe-cells.js';

/** What the catalog and the nodes do not know of themselves. */
export interface Surroundings {
  readonly cluster: string;
  readonly eventLog?: EventLogStatus;
  /** Whether the cluster was converged when it was described last, and since when. */
  readonly before?: Pick<ClusterSummary, 'state' | 'since'>;
}

/** The one line at the top. */
function describeCluster(assessment: Assessment, surroundings: Surroundings): ClusterSummary {
  const { facts, head, views } = assessment;
  const answer = assessment.answer();
  const expected = expectedNodes(views);
  const proofs = expected.flatMap((view) => (view.inSync && view.provenAtMs !== undefined ? [view.provenAtMs] : []));
  return {
    cluster: surroundings.cluster,
    state: answer.state,
    since: sinceOf(answer.state, assessment, expected, surroundings.before),
    revision: head.revision,
    digest: head.rootDigest,
    ...(head.committedAtMs !== undefined && { committedAt: time(head.committedAtMs) }),
    ...(answer.reason !== undefined && { reason: answer.reason }),
    expected: expected.length,
    converged: answer.nodes.filter(({ state }) => state === 'converged').length,
    ...(proofs.length > 0 && { provenSecondsAgo: Math.max(0, facts.nowMs - Math.min(...proofs)) / 1000 }),
    ...(facts.frozen !== undefined && { frozen: facts.frozen }),
    ...(surroundings.eventLog !== undefined && { eventLog: surroundings.eventLog }),
    fresh: true,
    at: time(facts.nowMs),
  };
}

/** What is shown of one round. */
export interface Described {
  readonly cluster: ClusterSummary;
  /** The columns: what the head wants, by name; the same object while the head is the same. */
  readonly extensions: readonly BoardExtension[];
  readonly nodes: readonly BoardNode[];
  readonly proposals: readonly ProposalView[];
}

/** Everything that the board shows, by what was concluded in one round. */
export function describeBoard(assessment: Assessment, surroundings: Surroundings): Described {
  const { facts, views, columns } = assessment;
  return {
    cluster: describeCluster(assessment, surroundings),
    extensions: describeExtensions(columns),
    nodes: views.map((view) => ({ ...nodeStatus(view, facts), cells: describeCells(view, columns) })),
    proposals: facts.proposals,
  };
}

const extensionsOf = new WeakMap<object, readonly BoardExtension[]>();

function describeExtensions(columns: Assessment['columns']): readonly BoardExtension[] {
  const known = extensionsOf.get(columns);
  if (known !== undefined) return known;
  const extensions = [...columns.values()].map(({ name, version, revision }) => ({ name, version, revision }));
  extensionsOf.set(columns, extensions);
  return extensions;
}

/** It stays what it was, or has just changed; at the start the nodes' own times tell. */
function sinceOf(
  state: ClusterSummary['state'],
  { facts }: Assessment,
  expected: readonly NodeView[],
  before: Surroundings['before'],
): string {
  const converged = state === 'converged';
  if (before !== undefined) {
    return (before.state === 'converged') === converged ? before.since : time(facts.nowMs);
  }
  const moments = expected.filter(({ inSync }) => inSync === converged).map(({ sinceMs }) => sinceMs);
  if (moments.length === 0) return time(facts.head.committedAtMs ?? facts.nowMs);
  return time(converged ? Math.max(...moments) : Math.min(...moments));
}
