import type { BoardNode, BoardSnapshot, ClusterSummary, NodeStatus, ProposalView } from '@muster/contracts';
import { changesWords } from './changes-words.js';
import { behindWords, nodeWord, paintedWord, reasonWords } from './node-words.js';
import { oneLine } from './plain.js';
import type { Paints } from './paint.js';
import { readyWords, unreadyLines } from './readiness-lines.js';
import { table } from './table.js';
import { count, relative, span } from './words.js';

export interface BoardLook {
  readonly paint: Paints;
  readonly columns: number;
  readonly nowMs: number;
}

/** The state of the cluster: one line, then only what is not as it should be. */
export function boardLines({ cluster, nodes, extensions, proposals }: BoardSnapshot, look: BoardLook): string[] {
  const expected = nodes.filter(({ state }) => state !== 'retired');
  const troubled = expected.filter(needsLook);
  return [
    summaryLine(cluster, expected, troubled, look),
    ...remarks(cluster, look),
    ...proposals.flatMap((proposal) => proposalLines(proposal, look)),
    ...troubledLines(troubled, look),
    ...calmLines(cluster, expected.length - troubled.length, troubled.length, extensions.length),
  ];
}

/** Whether a node is anything but quietly in sync. */
export function needsLook(node: NodeStatus): boolean {
  return nodeWord(node) !== 'in sync';
}

function summaryLine(
  { state, revision, expected, converged, since, provenSecondsAgo, reason }: ClusterSummary,
  nodes: readonly BoardNode[],
  troubled: readonly BoardNode[],
  { paint, nowMs }: BoardLook,
): string {
  if (nodes.length === 0) return paint.strong('No node has enrolled yet.');
  if (state === 'converged') {
    const proven = provenSecondsAgo === undefined ? '' : `, proven ${span(provenSecondsAgo * 1_000)} ago`;
    return `${paint.strong('Converged')} at revision ${revision} on ${count(converged, 'node')}${proven}.`;
  }
  const behind = Math.max(expected - converged, 0);
  const title = paint.strong(state === 'syncing' && troubled.every(isUnderWay) ? 'Converging' : 'Not converged');
  const many =
    behind === 0 ? oneLine(reason ?? state) : `${behind} of ${count(expected, 'node')} behind revision ${revision}`;
  return `${title}: ${many}, for ${span(nowMs - Date.parse(since))}.`;
}

/** On its way, and nothing has gone wrong on it. */
function isUnderWay(node: BoardNode): boolean {
  return nodeWord(node) === 'syncing' && Object.values(node.cells).every(({ failure }) => failure === undefined);
}

function remarks({ frozen, eventLog, fresh, at }: ClusterSummary, { paint, nowMs }: BoardLook): string[] {
  const lines: string[] = [];
  if (!fresh) lines.push(paint.warn(`The database is away: this is what was known ${relative(at, nowMs)}.`));
  if (frozen !== undefined) {
    const since = relative(frozen.since, nowMs);
    lines.push(paint.warn(`Frozen by ${frozen.actor} ${since}: ${oneLine(frozen.reason)}. "muster unfreeze" ends it.`));
  }
  if (eventLog !== undefined && !eventLog.ok) lines.push(paint.warn(`The event log: ${oneLine(eventLog.detail)}`));
  return lines;
}

/** What waits for all nodes, and for which of them. */
function proposalLines(proposal: ProposalView, { paint, nowMs }: BoardLook): string[] {
  const left = span(Math.max(0, Date.parse(proposal.expiresAt) - nowMs));
  const unready = unreadyLines(proposal.nodes, paint).map((line) => `  ${line}`);
  return [`${waitingWords(proposal)}, ${left} left ("muster proposals" shows it).`, ...unready];
}

/** `upgrade Foo 1.0 → 1.1, by ana, is activated when all nodes are ready: 2 of 3 nodes are ready`. */
export function waitingWords({ changes, actor, nodes }: ProposalView): string {
  return `${changesWords(changes)}, by ${actor}, is activated when all nodes are ready: ${readyWords(nodes)}`;
}

function troubledLines(nodes: readonly BoardNode[], { paint, columns, nowMs }: BoardLook): string[] {
  if (nodes.length === 0) return [];
  const heading = ['NODE', 'REVISION', 'STATE', 'BEHIND', 'WHY'].map((title) => paint.faint(title));
  const rows = nodes.map((node) => [
    node.node,
    String(node.revision),
    paintedWord(nodeWord(node), paint),
    behindWords(node),
    reasonWords(node, nowMs),
  ]);
  return table([heading, ...rows], columns);
}

function calmLines({ revision, state }: ClusterSummary, calm: number, troubled: number, extensions: number): string[] {
  if (revision === 0 && calm > 0) return ['Nothing is imported yet. Begin with: muster import YOUR.zip'];
  if (troubled === 0)
    return state === 'converged' ? [`${count(extensions, 'extension')} (muster list shows them)`] : [];
  return [`${count(calm, 'node')} in sync (muster nodes shows all)`];
}
