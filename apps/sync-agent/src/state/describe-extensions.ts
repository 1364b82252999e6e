import type { ExtensionState, ReportedExtension } from '@muster/contracts';
import { isDeployed, standingMark } from '@muster/node-storage';
import type { HeldBack, LocalExtension, WantedExtension } from '@muster/node-storage';
import type { ParkedEntry } from '../sync/parked-ledger.js';
import type { AgentState } from './agent-state.js';

/** An extension as it stands on this node, before it is known since when. */
export type DescribedExtension = Omit<ReportedExtension, 'since'>;

export interface ParkedLookup {
  get(name: string): ParkedEntry | undefined;
}

type Known = Pick<AgentState, 'wanted' | 'local' | 'held' | 'drifted' | 'progress' | 'turns'>;

/** Everything that the catalog wants or that stands here with a mark of ours, sorted by name. Foreign ones are not in it. */
export function describeExtensions(state: Known, parked: ParkedLookup): DescribedExtension[] {
  const wanted = new Map(state.wanted?.extensions.map((extension) => [extension.name, extension]));
  const local = state.local?.extensions ?? new Map<string, LocalExtension>();
  const held = new Map(state.held.map((entry) => [entry.step.name, entry]));
  const ours = [...local.values()].filter(({ mark }) => mark !== undefined).map(({ name }) => name);
  const names = [...new Set([...wanted.keys(), ...ours])].sort((left, right) => (left < right ? -1 : 1));
  return names.map((name) =>
    describe(state, {
      name,
      wanted: wanted.get(name),
      local: local.get(name),
      held: held.get(name),
      parked: parked.get(name),
    }),
  );
}

interface Sight {
  readonly name: string;
  readonly wanted: WantedExtension | undefined;
  readonly local: LocalExtension | undefined;
  readonly held: HeldBack | undefined;
  readonly parked: ParkedEntry | undefined;
}

function describe(state: Known, sight: Sight): DescribedExtension {
  const { name, wanted, local, held, parked } = sight;
  const now = stateOf(state, sight);
  const turn = state.turns.get(name);
  return {
    name,
    state: now,
    ...(local === undefined ? {} : onDisk(local)),
    deployed: isDeployed(local?.mark),
    ...(wanted === undefined
      ? {}
      : { wantedVersion: wanted.version, wantedSha256: wanted.sha256, revision: wanted.revision }),
    ...(wanted === undefined && local?.mark !== undefined ? { revision: local.mark.revision } : {}),
    ...(parked === undefined
      ? {}
      : {
          attempts: parked.attempts,
          nextAttemptAt: new Date(parked.nextAttemptAtMs).toISOString(),
          firstFailure: parked.firstFailure,
          lastFailure: parked.lastFailure,
        }),
    ...(held === undefined || held.waitsFor === name ? {} : { waitsFor: held.waitsFor }),
    ...(turn === undefined || now !== 'waiting-turn' ? {} : { turn }),
  };
}

/** Version and zip are the mark's, and said only where the tree is the one that the mark speaks of. */
function onDisk(local: LocalExtension): Partial<DescribedExtension> {
  const { tree } = local;
  const mark = standingMark(local);
  if (tree === undefined || !('digest' in tree)) return {};
  if (mark === undefined || mark.treeDigest !== tree.digest) return { treeDigest: tree.digest };
  return { version: mark.version, sha256: mark.sha256, treeDigest: tree.digest };
}

function stateOf(state: Known, { name, wanted, local, held, parked }: Sight): ExtensionState {
  const progress = state.progress.get(name);
  if (progress !== undefined && progress.state !== 'queued') return progress.state;
  // Without the catalog nobody knows what is to stand here.
  if (state.wanted === undefined) return 'unknown';
  if (state.turns.has(name)) return 'waiting-turn';
  if (state.drifted.has(name)) return 'drifted';
  // Behind one that waits for another node it has not failed: it comes after it.
  if (held !== undefined && parked === undefined && state.turns.has(held.waitsFor)) return 'queued';
  if (progress === undefined && (held !== undefined || parked !== undefined)) return 'parked';
  return isInSync(wanted, local) ? 'in-sync' : 'queued';
}

function isInSync(wanted: WantedExtension | undefined, local: LocalExtension | undefined): boolean {
  if (wanted === undefined || local?.tree === undefined || !('digest' in local.tree)) return false;
  const { mark, tree } = local;
  return tree.digest === wanted.treeDigest && mark?.sha256 === wanted.sha256 && isDeployed(mark);
}
