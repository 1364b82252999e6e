import type { BoardSnapshot, NodeStatus } from '@muster/contracts';
import { count } from './format.js';
import { CLUSTER_LOOKS, nodeLook, type Look } from './looks.js';

export interface Headline {
  readonly look: Look;
  /** What comes after the state's word, without ages: the same text means that nothing happened. */
  readonly parts: readonly string[];
  /** The node that is named, for the way to *why*. */
  readonly node?: string;
}

/** The one line at the top: is everything all right, and if not, what and where. */
export function headlineOf({ cluster, nodes }: BoardSnapshot): Headline {
  const look = CLUSTER_LOOKS[cluster.state];
  const expected = nodes.filter(({ state }) => state !== 'retired');
  if (cluster.revision === 0 && cluster.state === 'converged') {
    const word = expected.length === 0 ? 'Nothing here yet' : 'Ready';
    const first = expected.length === 0 ? 'no node has enrolled' : count(expected.length, 'node');
    return { look: { ...look, word }, parts: [first, 'nothing imported yet'] };
  }
  if (cluster.state === 'converged') {
    return { look, parts: [`revision ${cluster.revision}`, count(expected.length, 'node')] };
  }
  const behind = cluster.expected - cluster.converged;
  const worst = worstOf(expected);
  const of = `${behind} of ${count(cluster.expected, 'node')} ${cluster.state === 'absent' ? 'absent' : 'behind'}`;
  if (cluster.state === 'syncing') {
    return {
      look,
      parts: [`revision ${cluster.revision}`, `${cluster.converged} of ${count(cluster.expected, 'node')} proven`],
    };
  }
  const others = expected.filter((node) => nodeLook(node).grave >= 5).length - 1;
  const more = others > 0 ? [`${count(others, 'more node')} ${others === 1 ? 'needs' : 'need'} a look`] : [];
  return {
    look,
    parts: [of, ...(worst === undefined ? [] : [sentenceOf(worst), ...more])],
    ...(worst !== undefined && { node: worst.node }),
  };
}

function worstOf(nodes: readonly NodeStatus[]): NodeStatus | undefined {
  let worst: NodeStatus | undefined;
  for (const node of nodes) if (worst === undefined || nodeLook(node).grave > nodeLook(worst).grave) worst = node;
  return worst !== undefined && nodeLook(worst).grave > 0 ? worst : undefined;
}

/** One node in one clause. */
export function sentenceOf(node: NodeStatus): string {
  const { word } = nodeLook(node);
  if (node.state !== 'live') return `${node.node} is ${word}`;
  if (node.paused) return `${node.node} is paused`;
  if (node.parked > 0) return `${node.node} has ${count(node.parked, 'extension')} parked`;
  if (node.lagRevisions > 0) return `${node.node} is ${count(node.lagRevisions, 'revision')} behind`;
  return `${node.node} is ${word}`;
}
