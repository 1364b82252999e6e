import { useRef } from 'preact/hooks';
import type { Matrix } from '../../model/matrix.js';
import { navigate, query, to } from '../../store/router.js';
import { MatrixRow } from './row.js';
import { useView } from './use-view.js';
import { usePlace } from './use-place.js';

/** Only what is in sight stands in the document; the grid tells a screen reader how large the whole is. */
export function Grid({ matrix }: { matrix: Matrix }) {
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, columns } = matrix;
  const { layout, rowSpan, columnSpan, reveal } = useView(scroller, rows.length, columns.length);
  const { place, onKeyDown, setPlace } = usePlace(
    scroller,
    { rows: rows.length, columns: columns.length },
    layout,
    reveal,
  );
  const openedNode = query.value.get('node');
  const openedExtension = query.value.get('extension');

  const open = (target: EventTarget | null): void => {
    const found = (target as Element | null)?.closest<HTMLElement>('.cell[data-place]');
    const [row, column] = found?.dataset['place']?.split(',').map(Number) ?? [];
    const node = rows[row ?? -1]?.node.node;
    const extension = columns[column ?? -1]?.name;
    if (node === undefined || extension === undefined) return;
    setPlace({ row: row ?? 0, column: column ?? 0 });
    navigate(to.why(node, extension));
  };

  const shownRows: number[] = [];
  for (let row = rowSpan.first; row < rowSpan.end; row += 1) shownRows.push(row);
  if (place.row >= 0 && !shownRows.includes(place.row)) shownRows.push(place.row);

  return (
    <div
      ref={scroller}
      class={layout.wide ? 'grid wide' : 'grid'}
      role="grid"
      aria-label="Nodes and extensions"
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      aria-readonly="true"
      onClick={(event) => open(event.target)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          if ((event.target as Element).closest('.cell')) {
            event.preventDefault();
            open(event.target);
          }
        } else onKeyDown(event);
      }}
    >
      <div
        class="area"
        role="rowgroup"
        style={{
          width: `${layout.headWidth + columns.length * layout.columnWidth}px`,
          height: `${layout.headHeight + rows.length * layout.rowHeight}px`,
        }}
      >
        <HeadRow
          matrix={matrix}
          layout={layout}
          first={columnSpan.first}
          end={columnSpan.end}
          stop={place.row === -1 ? place.column : undefined}
        />
        {shownRows.map((index) => {
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

interface HeadRowProps {
  readonly matrix: Matrix;
  readonly layout: ReturnType<typeof useView>['layout'];
  readonly first: number;
  readonly end: number;
  readonly stop: number | undefined;
}

function HeadRow({ matrix, layout, first, end, stop }: HeadRowProps) {
  const { columns } = matrix;
  const shown: number[] = [];
  for (let column = first; column < end; column += 1) shown.push(column);
  if (stop !== undefined && stop >= 0 && (stop < first || stop >= end)) shown.push(stop);
  return (
    <div class="row head-row" role="row" aria-rowindex={1} style={{ height: `${layout.headHeight}px` }}>
      <div class="row-head corner" role="columnheader" aria-colindex={1} style={{ width: `${layout.headWidth}px` }}>
        Node
      </div>
      {shown.map((column) => {
        const { name, version } = columns[column] ?? { name: '' };
        return (
          <div
            key={name}
            class="column-head"
            role="columnheader"
            aria-colindex={column + 2}
            style={{ left: `${layout.headWidth + column * layout.columnWidth}px`, width: `${layout.columnWidth}px` }}
          >
            <a
              href={to.extension(name)}
              tabIndex={stop === column ? 0 : -1}
              data-place={`-1,${column}`}
              title={`${name} ${version ?? '(going)'}`}
            >
              <span class="name">{name}</span>
              {layout.wide && <span class="muted">{version ?? 'going'}</span>}
            </a>
          </div>
        );
      })}
    </div>
  );
}
