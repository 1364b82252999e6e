import type { BoardMessage, BoardSnapshot } from '@muster/contracts';

/** The board after a message; undefined before the first snapshot. Pure. */
export function afterMessage(board: BoardSnapshot | undefined, message: BoardMessage): BoardSnapshot | undefined {
  if (message.type === 'board') return message.board;
  if (board === undefined) return undefined;
  switch (message.type) {
    case 'cluster':
      return { ...board, cluster: message.cluster };
    case 'extensions':
      return { ...board, extensions: message.extensions };
    case 'nodes': {
      const changed = new Map(message.nodes.map((node) => [node.node, node]));
      const gone = new Set(message.gone);
      const kept = board.nodes.filter(({ node }) => !gone.has(node) && !changed.has(node));
      const nodes = [...kept, ...changed.values()].sort((left, right) => compare(left.node, right.node));
      return { ...board, nodes };
    }
    case 'proposals':
      return { ...board, proposals: message.proposals };
    default:
      return board;
  }
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
