import { computed } from '@preact/signals';
import { count } from '../../model/format.js';
import { LEGEND, type LegendKey } from '../../model/looks.js';
import { matrixOf, type Matrix } from '../../model/matrix.js';
import { board } from '../../store/live.js';
import { query, setFilter, type FilterName } from '../../store/router.js';
import { ShapeMark } from '../basics.js';
import { Grid } from './grid.js';

const nodes = computed(() => board.value?.nodes);
const extensions = computed(() => board.value?.extensions);
const filterText = computed(() =>
  JSON.stringify(['state', 'nodes', 'extensions'].map((name) => query.value.get(name) ?? '')),
);

let before: Matrix | undefined;
/** Computed from what changes it alone: an age, or another view beside it, draws no cell again. */
const matrix = computed(() => {
  if (!nodes.value || !extensions.value) return undefined;
  const [state, node = '', extension = ''] = JSON.parse(filterText.value) as string[];
  const snapshot = board.peek();
  if (!snapshot) return undefined;
  const next = matrixOf(snapshot, { state: LEGEND.find(({ key }) => key === state)?.key, node, extension });
  before = before && sameColumns(before, next) ? { ...next, columns: before.columns } : next;
  return before;
});

function sameColumns(left: Matrix, right: Matrix): boolean {
  return (
    left.columns.length === right.columns.length &&
    left.columns.every(({ name, version }, index) => {
      const other = right.columns[index];
      return other?.name === name && other.version === version;
    })
  );
}

export function MatrixPanel() {
  const shown = matrix.value;
  if (!shown) return null;
  const { total, rows, columns } = shown;
  const large = total.nodes > 12 || total.extensions > 12;
  return (
    <section class="panel matrix" aria-labelledby="matrix-title">
      <header class="panel-head">
        <h2 id="matrix-title">
          Nodes × extensions{' '}
          <span class="muted">
            {total.nodes} × {total.extensions}
          </span>
        </h2>
        {large && (
          <div class="filters">
            <FilterInput name="nodes" label="Filter nodes" />
            <FilterInput name="extensions" label="Filter extensions" />
          </div>
        )}
      </header>
      {rows.length === 0 || columns.length === 0 ? <NothingLeft /> : <Grid matrix={shown} />}
      <Legend counts={shown.counts} />
    </section>
  );
}

function FilterInput({ name, label }: { name: FilterName; label: string }) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      value={query.value.get(name) ?? ''}
      onInput={(event) => setFilter(name, event.currentTarget.value)}
    />
  );
}

function NothingLeft() {
  return (
    <p class="muted nothing">
      Nothing matches the filter.{' '}
      <button
        type="button"
        class="quiet"
        onClick={() => {
          setFilter('state', undefined);
          setFilter('nodes', undefined);
          setFilter('extensions', undefined);
        }}
      >
        Show all
      </button>
    </p>
  );
}

/** The legend says what the shapes mean, counts them, and filters by them. */
function Legend({ counts }: { counts: Readonly<Record<LegendKey, number>> }) {
  const chosen = query.value.get('state');
  return (
    <div class="legend" role="group" aria-label="Legend; choose a state to filter by it">
      {LEGEND.map(({ key, look }) => (
        <button
          key={key}
          type="button"
          class={counts[key] === 0 ? 'chip none' : 'chip'}
          aria-pressed={chosen === key}
          disabled={counts[key] === 0 && chosen !== key}
          onClick={() => setFilter('state', chosen === key ? undefined : key)}
          title={count(counts[key], 'cell')}
        >
          <ShapeMark look={look} /> {look.word} <span class="number">{counts[key].toLocaleString('en')}</span>
        </button>
      ))}
    </div>
  );
}
