import type { Cell, NodeReport, ReportedExtension } from '@muster/contracts';
import { time, type NodeView } from '../model/node-view.js';
import type { Column } from './columns.js';

export type Cells = Readonly<Record<string, Cell>>;

/**
 * The extensions of one node that are not simply in sync, towards what the head wants. Of a node that is not live it is what it
 * said last; of one whose proof is too old, or whose history is another, nothing counts as in sync.
 */
export function describeCells(view: NodeView, columns: ReadonlyMap<string, Column>): Cells {
  const report = view.heard?.report;
  if (report === undefined) return describe(view, columns);
  const towards = `${view.state} ${view.known} ${view.fresh}`;
  const known = remembered.get(report);
  if (known?.columns === columns && known.towards === towards) return known.cells;
  const cells = describe(view, columns);
  remembered.set(report, { columns, towards, cells });
  return cells;
}

/** A report is a snapshot that never changes: while the head does not either, its cells are the same object. */
const remembered = new WeakMap<NodeReport, { columns: object; towards: string; cells: Cells }>();

function describe(view: NodeView, columns: ReadonlyMap<string, Column>): Cells {
  const cells: Record<string, Cell> = {};
  const reported = new Set<string>();
  for (const entry of view.heard?.report.extensions ?? []) {
    reported.add(entry.name);
    const cell = cellOf(entry, columns.get(entry.name), view);
    if (cell !== undefined) cells[entry.name] = cell;
  }
  if (view.state === 'live') {
    for (const column of columns.values()) if (!reported.has(column.name)) cells[column.name] = missing(column, view);
  }
  return cells;
}

function cellOf(entry: ReportedExtension, column: Column | undefined, view: NodeView): Cell | undefined {
  const state = stateOf(entry, column, view);
  if (state === undefined || state === 'in-sync') return undefined;
  const failure = entry.lastFailure ?? entry.firstFailure;
  return {
    state,
    since: sinceOf(entry, column, state, view),
    ...(entry.version !== undefined && { version: entry.version }),
    ...(column !== undefined && { wantedVersion: column.version }),
    ...(entry.waitsFor !== undefined && { waitsFor: entry.waitsFor }),
    ...(entry.nextAttemptAt !== undefined && { nextAttempt: entry.nextAttemptAt }),
    ...(failure !== undefined && { failure }),
  };
}

/** Undefined: there is nothing to show, for it is neither wanted nor on the disk. */
function stateOf(entry: ReportedExtension, column: Column | undefined, view: NodeView): Cell['state'] | undefined {
  if (view.state !== 'live') return entry.state === 'in-sync' ? undefined : entry.state;
  if (column === undefined && entry.sha256 === undefined && entry.state === 'in-sync') return undefined;
  if (entry.state !== 'in-sync') return entry.state;
  if (!view.known || !view.fresh) return 'unknown';
  if (entry.sha256 !== column?.sha256) return 'queued';
  return entry.deployed ? 'in-sync' : 'deploying';
}

function sinceOf(
  entry: ReportedExtension,
  column: Column | undefined,
  state: Cell['state'],
  { provenAtMs }: NodeView,
): string {
  if (state === 'queued' && entry.state === 'in-sync' && column !== undefined) return time(column.committedAtMs);
  if (state === 'unknown' && entry.state === 'in-sync' && provenAtMs !== undefined) return time(provenAtMs);
  return time(Date.parse(entry.since));
}

/** A live node that does not name it has not taken the revision in yet, or has not looked at all. */
function missing(column: Column, view: NodeView): Cell {
  const hasLooked = view.known && view.heard?.report.rootDigest !== undefined;
  const since = time(column.committedAtMs);
  return { state: hasLooked ? 'queued' : 'unknown', since, wantedVersion: column.version };
}
