import { useRef } from 'preact/hooks';
import type { Span } from '../../model/grid-window.js';
import type { Matrix } from '../../model/matrix.js';
import { navigate, query, to } from '../../store/router.js';
import type { Layout } from './layout.js';
import { HeadRow } from './head-row.js';
import { MatrixRow } from './row.js';
import { useView } from './use-view.js';
import { placeOf, usePlace } from './use-place.js';

/** Only what is in sight stands in the document; the grid tells a screen reader how large the whole is. */
export function Grid({ matrix }: { matrix: Matrix }) {
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, columns } = matrix;
  const { layout, rowSpan, columnSpan, reveal } = useView(scroller, rows.length, columns.length, matrix.longestName);
  const { place, onKeyDown, setPlace } = usePlace(
    scroller,
    { rows: rows.length, columns: columns.length },
    layout,
    reveal,
  );
  const openedNode = query.value.get('node');
  const openedExtension = query.value.get('extension');

  const open = (target: EventTarget | null): boolean => {
    const found = (target as Element | null)?.closest<HTMLElement>('.cell[data-place]');
    const asked = found && placeOf(found);
    const node = rows[asked?.row ?? -1]?.node.node;
    const extension = columns[asked?.column ?? -1]?.name;
    if (!asked || node === undefined || extension === undefined) return false;
    setPlace(asked);
    navigate(to.why(node, extension));
    return true;
  };

  return (
    <div
      ref={scroller}
      class={layout.wide ? 'grid wide' : 'grid'}
      role="grid"
      aria-label="Nodes and extensions"
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      aria-readonly="true"
      onClick={(event) => void open(event.target)}
      onKeyDown={(event) => {
        const asks = event.key === 'Enter' || event.key === ' ';
        if (asks && open(event.target)) event.preventDefault();
        else if (!asks) onKeyDown(event);
      }}
    >
      <div class="area" role="rowgroup" style={areaStyle(layout, rows.length, columns.length)}>
        <HeadRow
          matrix={matrix}
          layout={layout}
          first={columnSpan.first}
          end={columnSpan.end}
          stop={place.row === -1 ? place.column : undefined}
        />
        {shownRows(rowSpan, place.row).map((index) => {
          const row = rows[index];
          if (!row) return null;
          return (
            <MatrixRow
              key={row.node.node}
              row={row}
              index={index}
              columns={columns}
              first={columnSpan.first}
              end={columnSpan.end}
              layout={layout}
              stop={place.row === index ? place.column : undefined}
              opened={row.node.node === openedNode ? (openedExtension ?? undefined) : undefined}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The rows in sight, and the one with the tab stop wherever it is. */
function shownRows({ first, end }: Span, stop: number): number[] {
  const rows = Array.from({ length: end - first }, (_, index) => first + index);
  return stop >= 0 && (stop < first || stop >= end) ? [...rows, stop] : rows;
}

function areaStyle(layout: Layout, rows: number, columns: number): { readonly width: string; readonly height: string } {
  return {
    width: `${layout.headWidth + columns * layout.columnWidth}px`,
    height: `${layout.headHeight + rows * layout.rowHeight}px`,
  };
}
