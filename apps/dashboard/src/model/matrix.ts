import type { BoardNode, BoardSnapshot } from '@muster/contracts';
import { compareNames } from './apply-message.js';
import { LEGEND, cellLook, legendKeyOf, nodeLook, type LegendKey, type Look } from './looks.js';

export interface Column {
  readonly name: string;
  /** Absent: no longer wanted, and on its way out. */
  readonly version?: string;
}

export interface Row {
  readonly node: BoardNode;
  readonly look: Look;
  /** Whether a group of another gravity begins here. */
  readonly first: boolean;
}

export interface Matrix {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  readonly counts: Readonly<Record<LegendKey, number>>;
  /** Letters of the longest name among the columns. */
  readonly longestName: number;
  readonly total: { readonly nodes: number; readonly extensions: number };
}

export interface MatrixFilter {
  readonly state?: LegendKey | undefined;
  readonly node: string;
  readonly extension: string;
}

/** Rows and columns worst first, those of equal gravity by name, and only what the filter lets through. */
export function matrixOf(board: BoardSnapshot, filter: MatrixFilter): Matrix {
  const nodes = board.nodes.filter(({ state }) => state !== 'retired');
  const columns = columnsOf(board, nodes);
  const shownColumns = columns.filter(({ name }) => contains(name, filter.extension));
  const shownNodes = nodes.filter(({ node }) => contains(node, filter.node));
  const { state } = filter;
  const has = (node: BoardNode, names: readonly Column[]): boolean =>
    names.some(({ name }) => legendKeyOf(cellLook(node, node.cells[name])) === state);
  const rows = state === undefined ? shownNodes : shownNodes.filter((node) => has(node, shownColumns));
  const kept =
    state === undefined ? shownColumns : shownColumns.filter((column) => rows.some((node) => has(node, [column])));
  return {
    rows: sortRows(rows),
    columns: kept,
    longestName: Math.max(0, ...kept.map(({ name }) => name.length)),
    counts: countStates(nodes, columns),
    total: { nodes: nodes.length, extensions: columns.length },
  };
}

function columnsOf(board: BoardSnapshot, nodes: readonly BoardNode[]): Column[] {
  const grave = new Map<string, number>();
  for (const node of nodes) {
    for (const [name, cell] of Object.entries(node.cells)) {
      // A node that nobody hears of colours no column: its row says it.
      const worth = cell.state === 'unknown' ? 0 : cellLook(node, cell).grave;
      grave.set(name, Math.max(grave.get(name) ?? 0, worth));
    }
  }
  const wanted = board.extensions.map(({ name, version }): Column => ({ name, version }));
  const known = new Set(wanted.map(({ name }) => name));
  const going = [...grave.keys()].filter((name) => !known.has(name)).map((name): Column => ({ name }));
  return [...wanted, ...going].sort(
    (left, right) => (grave.get(right.name) ?? 0) - (grave.get(left.name) ?? 0) || compareNames(left.name, right.name),
  );
}

function sortRows(nodes: readonly BoardNode[]): Row[] {
  const rows = nodes
    .map((node) => ({ node, look: nodeLook(node) }))
    .sort((left, right) => right.look.grave - left.look.grave || compareNames(left.node.node, right.node.node));
  return rows.map((row, index) => ({ ...row, first: index > 0 && rows[index - 1]?.look.grave !== row.look.grave }));
}

/** Cells by state. What a row does not name is counted, not walked through. */
function countStates(nodes: readonly BoardNode[], columns: readonly Column[]): Record<LegendKey, number> {
  const counts = Object.fromEntries(LEGEND.map(({ key }) => [key, 0])) as Record<LegendKey, number>;
  for (const node of nodes) {
    const named = Object.values(node.cells);
    for (const cell of named) counts[legendKeyOf(cellLook(node, cell))] += 1;
    counts[legendKeyOf(cellLook(node, undefined))] += columns.length - named.length;
  }
  return counts;
}

function contains(text: string, part: string): boolean {
  return part === '' || text.toLowerCase().includes(part.toLowerCase());
}
