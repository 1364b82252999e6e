import { toMusterError } from '../disk/failure.js';
import { plan } from '../plan/plan.js';
import type { HeldBack, PlanOptions } from '../plan/step.js';
import type { WantedExtension, WantedState } from '../ports.js';
import type { LocalState } from '../tree/local-state.js';
import type { StagingOptions } from './apply-options.js';
import { needsTree } from './change-of.js';
import { requireSpaceForAll, stage } from './stage.js';
import type { StagedShelf } from './staged-shelf.js';
import type { StagedTree } from './staged-tree.js';
import { stoppable, StagingContext } from './staging-context.js';
import { SyncGate } from './sync-gate.js';

export interface StageAheadOptions extends Omit<StagingOptions, 'staged'>, Pick<PlanOptions, 'parked' | 'foreign'> {
  /** What will be wanted: the head, and on top of it what is not committed yet. */
  readonly wanted: Pick<WantedState, 'extensions'>;
  /** What stands here now: all of it, because what a package needs decides whether it can come. */
  readonly local: LocalState;
  /** Only these are staged. */
  readonly names: ReadonlySet<string>;
  /** Where the trees are kept for the apply that takes them. */
  readonly shelf: StagedShelf;
}

export interface StagedAhead {
  /** Those of the names that could not come now, whoever asked. They are not staged. */
  readonly held: readonly HeldBack[];
  /** Zip bytes that came from outside, and were what was asked for. */
  readonly fetchedBytes: number;
}

/**
 * Brings packages as far as they go without a switch: fetched, unpacked, verified, durable, on the shelf. A later apply of this
 * process takes them from there. No mark is written and no hook runs, so nothing of it is seen, and a crash leaves only what
 * the next start removes.
 *
 * All or nothing: throws the failure of the first that cannot be staged (`disk-full`, `package-missing`, `checksum-mismatch` …).
 * What was staged before it stays on the shelf for the next try.
 */
export function stageAhead(options: StageAheadOptions): Promise<StagedAhead> {
  return stoppable(options, () => stageHeld(options));
}

async function stageHeld(options: StageAheadOptions): Promise<StagedAhead> {
  const { held: lock, wanted, local, names, shelf } = options;
  lock.assertHeld();
  const { steps, held } = plan(wanted, local, options);
  const targets = steps.filter(needsTree).flatMap((step) => (names.has(step.name) ? [step.wanted] : []));
  const missing = targets.filter(({ sha256 }) => shelf.get(sha256) === undefined);
  const context = new StagingContext(options);
  await requireSpaceForAll(context, missing);
  for (const target of missing) {
    context.checkGoesOn();
    await shelf.put(target.sha256, await stageOne(context, target));
  }
  const trees = targets.flatMap(({ sha256 }) => shelf.get(sha256) ?? []);
  const gate = new SyncGate(context);
  for (const tree of trees) gate.staged(tree);
  for (const tree of trees) await gate.pass(tree);
  return { held: held.filter(({ step }) => names.has(step.name)), fetchedBytes: context.fetchedBytes };
}

async function stageOne(context: StagingContext, wanted: WantedExtension): Promise<StagedTree> {
  try {
    return await stage(context, wanted);
  } catch (error) {
    if (error === context.options.signal?.reason) throw error;
    throw toMusterError(error, `staging ${wanted.name} ${wanted.version}`);
  }
}
