import type { BoardMessage, BoardNode, BoardSnapshot } from '@muster/contracts';

/** The board after a message. What a message does not touch stays the same object, so that it need not be drawn again. */
export function applyMessage(
  board: BoardSnapshot | undefined,
  message: BoardMessage,
  id: string,
): BoardSnapshot | undefined {
  if (message.type === 'board') return message.board;
  if (board === undefined) return undefined;
  switch (message.type) {
    case 'cluster':
      return { ...board, id, cluster: message.cluster };
    case 'extensions':
      return { ...board, id, extensions: message.extensions };
    case 'nodes':
      return { ...board, id, nodes: mergeNodes(board.nodes, message.nodes, message.gone) };
    case 'proposals':
      return { ...board, id, proposals: message.proposals };
    default:
      return board;
  }
}

function mergeNodes(known: readonly BoardNode[], changed: readonly BoardNode[], gone: readonly string[]): BoardNode[] {
  const rows = new Map(known.map((node) => [node.node, node]));
  for (const node of changed) rows.set(node.node, node);
  for (const node of gone) rows.delete(node);
  return [...rows.values()].sort((left, right) => compareNames(left.node, right.node));
}

const collator = new Intl.Collator('en', { numeric: true });

/** `node-2` before `node-10`. */
export function compareNames(left: string, right: string): number {
  return collator.compare(left, right);
}
