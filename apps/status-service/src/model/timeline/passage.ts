import type { NodePassage, RevisionChange } from '@muster/contracts';
import type { NodeView } from '../node-view.js';
import { byDatabase } from '../why/node-clock.js';
import type { RecordedAction, RevisionRecord } from './revision-record.js';
import { inOrder, MOMENT_NAMES, stageDurations, stageTimes, type Moments } from './stages.js';

/** How one revision came to one node, by what the node did and by what it says now. Pure. */
export function passage(record: RevisionRecord, view: NodeView, actions: readonly RecordedAction[]): NodePassage {
  const latest = new Map(actions.map((action) => [action.extension, action]));
  const states = record.changes.map((change) => stateOf(change, latest.get(change.extension), record, view));
  const state = worst(states);
  const done = [...latest.values()];
  const known = inOrder(record.committedAtMs, { ...published(record), ...momentsOf(done, state) });
  if (state !== 'proven') return { node: view.node, state, ...stageTimes(known) };
  return { node: view.node, state, ...proven(record, view, known, done.length === record.changes.length) };
}

function proven(record: RevisionRecord, view: NodeView, known: Moments, complete: boolean): Partial<NodePassage> {
  const { committedAtMs } = record;
  if (complete && known.proven !== undefined) {
    const totalMs = known.proven - Math.round(committedAtMs);
    return { ...stageTimes(known), totalMs, stages: stageDurations(committedAtMs, known) };
  }
  const saidMs = known.proven ?? standsSince(record, view);
  if (saidMs === undefined) return {};
  const { proven: provenMs = saidMs } = inOrder(committedAtMs, { proven: saidMs });
  return { ...stageTimes({ proven: provenMs }), totalMs: provenMs - Math.round(committedAtMs) };
}

type State = NodePassage['state'];
const ORDER: readonly State[] = ['parked', 'absent', 'under-way', 'skipped', 'proven'];

function worst(states: readonly State[]): State {
  return ORDER.find((state) => states.includes(state)) ?? 'proven';
}

function stateOf(
  change: RevisionChange,
  action: RecordedAction | undefined,
  record: RevisionRecord,
  view: NodeView,
): State {
  if (action?.outcome === 'done') return 'proven';
  const said = saidOf(change, record, view);
  if (said !== undefined && said !== 'parked') return said;
  if (said === 'parked' || action?.outcome === 'parked') return 'parked';
  if (view.state === 'live' && view.paused === undefined) return 'under-way';
  return 'absent';
}

/** What the node's latest report says of one change; undefined where it does not know it, or has not looked. */
function saidOf(change: RevisionChange, record: RevisionRecord, view: NodeView): State | undefined {
  const { revision, convergedAtMs } = record;
  if (convergedAtMs !== undefined && (view.enrolledAtMs ?? Infinity) < convergedAtMs) return 'proven';
  const report = view.known ? view.heard?.report : undefined;
  if (report?.rootDigest === undefined || report.revision < revision) return undefined;
  const entry = report.extensions.find(({ name }) => name === change.extension);
  if (entry === undefined) return change.action === 'remove' ? 'proven' : 'skipped';
  if (entry.revision !== undefined && entry.revision > revision) return 'skipped';
  if (entry.state === 'parked') return 'parked';
  return entry.state === 'in-sync' && entry.sha256 === change.sha256 && entry.deployed ? 'proven' : undefined;
}

/** The first beginning and the last ends of what was done for it; where it did not end well, as far as it came. */
function momentsOf(actions: readonly RecordedAction[], state: State): Moments {
  const moments: Partial<Record<keyof Moments, number>> = {};
  for (const name of MOMENT_NAMES) {
    if (name === 'published' || (name === 'proven' && state !== 'proven')) continue;
    const all = actions.flatMap(({ moments: { [name]: ms } }) => (ms === null || ms === undefined ? [] : [ms]));
    if (all.length > 0) moments[name] = name === 'received' || name === 'started' ? Math.min(...all) : Math.max(...all);
  }
  return moments;
}

function published({ publishedAtMs }: RevisionRecord): Moments {
  return publishedAtMs === undefined ? {} : { published: publishedAtMs };
}

/** Since when what the revision brought stands there, by the node's own word; of what is gone it does not say. */
function standsSince({ changes, revision }: RevisionRecord, { heard }: NodeView): number | undefined {
  if (heard === undefined) return undefined;
  const { report } = heard;
  const moments = changes.map(({ extension }) => {
    const entry = report.extensions.find(({ name }) => name === extension);
    return entry?.revision === revision ? byDatabase(report, entry.since) : undefined;
  });
  return moments.some((ms) => ms === undefined) ? undefined : Math.max(...moments.flatMap((ms) => ms ?? []));
}
