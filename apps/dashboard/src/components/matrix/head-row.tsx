import type { Matrix } from '../../model/matrix.js';
import { to } from '../../store/router.js';
import type { Layout } from './layout.js';
import { shownColumns } from './row.js';

interface HeadRowProps {
  readonly matrix: Matrix;
  readonly layout: Layout;
  readonly first: number;
  readonly end: number;
  readonly stop: number | undefined;
}

export function HeadRow({ matrix, layout, first, end, stop }: HeadRowProps) {
  const { columns } = matrix;
  return (
    <div class="row head-row" role="row" aria-rowindex={1} style={{ height: `${layout.headHeight}px` }}>
      <div class="row-head corner" role="columnheader" aria-colindex={1} style={{ width: `${layout.headWidth}px` }}>
        Node
      </div>
      {shownColumns(first, end, stop, columns.length).map((column) => {
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
