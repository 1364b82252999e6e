import type { BoardNode, Cell } from '@muster/contracts';
import { memo } from '../../store/memo.js';
import { cellLook, type Look } from '../../model/looks.js';
import type { Column, Row } from '../../model/matrix.js';
import { sentenceOf } from '../../model/headline.js';
import { to } from '../../store/router.js';
import { ShapeMark } from '../basics.js';
import type { Layout } from './layout.js';

export interface RowProps {
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly Column[];
  readonly first: number;
  readonly end: number;
  readonly layout: Layout;
  /** The column that has the tab stop, where it is in this row. */
  readonly stop: number | undefined;
  /** The extension whose *why* stands open beside. */
  readonly opened: string | undefined;
}

function sameRow(left: RowProps, right: RowProps): boolean {
  return (
    left.row.node === right.row.node &&
    left.row.first === right.row.first &&
    left.index === right.index &&
    left.columns === right.columns &&
    left.first === right.first &&
    left.end === right.end &&
    left.layout === right.layout &&
    left.stop === right.stop &&
    left.opened === right.opened
  );
}

export const MatrixRow = memo(function MatrixRow(props: RowProps) {
  const { row, index, layout, columns, first, end, stop } = props;
  const { node, look } = row;
  const style = { top: `${layout.headHeight + index * layout.rowHeight}px`, height: `${layout.rowHeight}px` };
  return (
    <div class={row.first ? 'row group' : 'row'} role="row" aria-rowindex={index + 2} style={style}>
      <div class="row-head" role="rowheader" aria-colindex={1} style={{ width: `${layout.headWidth}px` }}>
        <a
          href={to.node(node.node)}
          tabIndex={stop === -1 ? 0 : -1}
          data-place={`${index},-1`}
          title={sentenceOf(node)}
        >
          <ShapeMark look={look} />
          <span class="name">{node.node}</span>
          {look.grave > 0 && <span class={`note t-${look.tone}`}>{noteOf(node, look)}</span>}
        </a>
      </div>
      {shownColumns(first, end, stop, columns.length).map((column) => (
        <MatrixCell key={columns[column]?.name ?? column} {...props} column={column} />
      ))}
    </div>
  );
}, sameRow);

function MatrixCell({ row, index, columns, layout, stop, opened, column }: RowProps & { column: number }) {
  const { name, version } = columns[column] ?? { name: '' };
  const cell = row.node.cells[name];
  const look = cellLook(row.node, cell);
  const label = `${row.node.node}, ${name}: ${look.word}${cell ? detailOf(cell, version) : ''}`;
  return (
    <div
      role="gridcell"
      class={`cell${opened === name ? ' opened' : ''}${look.grave > 0 ? ' told' : ''}`}
      aria-colindex={column + 2}
      aria-label={label}
      title={label}
      tabIndex={stop === column ? 0 : -1}
      data-place={`${index},${column}`}
      style={{ left: `${layout.headWidth + column * layout.columnWidth}px`, width: `${layout.columnWidth}px` }}
    >
      <span class={`shape s-${look.shape} t-${look.tone}`} />
      {layout.wide && <span class={`word t-${look.tone}`}>{look.word}</span>}
    </div>
  );
}

/** The columns in sight, and the one with the tab stop wherever it is: a focus must not vanish by scrolling. */
export function shownColumns(first: number, end: number, stop: number | undefined, total: number): number[] {
  const columns: number[] = [];
  for (let column = first; column < end; column += 1) columns.push(column);
  if (stop !== undefined && stop >= 0 && stop < total && (stop < first || stop >= end)) columns.push(stop);
  return columns;
}

function noteOf(node: BoardNode, look: Look): string {
  if (node.state === 'live' && !node.paused && node.parked > 0) return `${node.parked} parked`;
  return look.word;
}

function detailOf(cell: Cell, wanted: string | undefined): string {
  const versions =
    cell.version !== undefined && wanted !== undefined && cell.version !== wanted
      ? `, has ${cell.version}, wants ${wanted}`
      : '';
  const waits = cell.waitsFor === undefined ? '' : `, waits for ${cell.waitsFor}`;
  return `${versions}${waits}${cell.failure ? `: ${cell.failure.detail}` : ''}`;
}
