import type { Convergence, NodeConvergence } from '@muster/contracts';
import type { Goal, Head } from './facts.js';
import { needed, type Among } from './among.js';
import { expectedNodes, time, type NodeView } from './node-view.js';
import { standing } from './standing.js';

/** The answer to the question whether a goal is reached, by what the nodes prove; `among` says by which, and how many. Pure. */
export function converge(goal: Goal, head: Head, views: readonly NodeView[], among: Among = {}): Convergence {
  const nodes = asked(views, among).map((view) => standing(view, goal, head));
  const { state, reason } = verdict(goal, nodes, needed(among, nodes.length));
  return {
    state,
    revision: goal.revision,
    digest: goal.rootDigest,
    ...(reason !== undefined && { reason }),
    nodes,
  };
}

/** All that are expected, or those that are named: one of them that is retired is absent. */
function asked(views: readonly NodeView[], { nodes }: Among): readonly NodeView[] {
  return nodes === undefined ? expectedNodes(views) : views.filter(({ node }) => nodes.includes(node));
}

/** Whether every expected node proves the goal; cheaper than `converge` where one does not. */
export function isConverged(goal: Goal, head: Head, expected: readonly NodeView[]): boolean {
  return expected.length > 0 && expected.every((view) => standing(view, goal, head).state === 'converged');
}

/** Whether waiting longer cannot change the answer, or would only hide a failure. */
export function isFinal({ state }: Convergence): boolean {
  return state === 'converged' || state === 'superseded' || state === 'failed';
}

/** What a wait answers when its time has run out: absent nodes are named as such, anything else that is open timed out. */
export function timedOut(answer: Convergence, waitedMs: number): Convergence {
  if (answer.state !== 'syncing') return answer;
  const reason = `not converged after ${waitedMs / 1000} s${answer.reason === undefined ? '' : `: ${answer.reason}`}`;
  return { ...answer, state: 'timed-out', reason };
}

type Verdict = Pick<Convergence, 'state' | 'reason'>;

function verdict(goal: Goal, nodes: readonly NodeConvergence[], enough: number): Verdict {
  const inState = (state: NodeConvergence['state']) => nodes.filter((node) => node.state === state);
  const converged = inState('converged');
  const others = nodes.filter(({ state }) => state !== 'converged');
  if (nodes.length > 0 && converged.length >= enough) return reached(others, converged.length, enough);
  if (goal.supersededBy !== undefined) return superseded(goal, goal.supersededBy);
  if (nodes.length === 0) return { state: 'syncing', reason: 'no node is expected: none has enrolled' };
  const failed = inState('failed');
  if (failed.length > 0 && nodes.length - failed.length < enough) return { state: 'failed', reason: named(failed) };
  if (enough > nodes.length) {
    return { state: 'absent', reason: `${enough} nodes are asked for, and ${nodes.length} are expected` };
  }
  const syncing = inState('syncing');
  if (syncing.length > 0) return { state: 'syncing', reason: named(syncing) };
  return { state: 'absent', reason: named(inState('absent')) };
}

/** With a quorum, those who lack are named all the same. */
function reached(others: readonly NodeConvergence[], count: number, enough: number): Verdict {
  if (others.length === 0) return { state: 'converged' };
  const all = count + others.length;
  return { state: 'converged', reason: `${count} of ${all} nodes prove it, ${enough} are enough; ${named(others)}` };
}

function superseded(goal: Goal, { extension, revision }: NonNullable<Goal['supersededBy']>): Verdict {
  const later = `revision ${revision} has changed ${extension} since`;
  if (goal.convergedAtMs === undefined) return { state: 'superseded', reason: later };
  return { state: 'converged', reason: `every node had proven it by ${time(goal.convergedAtMs)}; ${later}` };
}

const MAX_NAMED = 5;

function named(nodes: readonly NodeConvergence[]): string {
  const texts = nodes.slice(0, MAX_NAMED).map(({ node, reason }) => `${node}: ${reason ?? 'unknown'}`);
  if (nodes.length > MAX_NAMED) texts.push(`and ${nodes.length - MAX_NAMED} more`);
  return texts.join('; ');
}
