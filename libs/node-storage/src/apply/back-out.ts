import { toMusterError } from '../disk/failure.js';
import type { Plan, Step } from '../plan/step.js';
import type { ApplyContext } from './apply-context.js';
import { ApplyFailed } from './apply-failed.js';
import type { ApplyResult, BackOutPolicy, CommitOutcome } from './apply-options.js';
import { changeOf, needsTree } from './change-of.js';
import type { Change } from './change.js';
import { stage, type StagedTree } from './stage.js';
import { SyncGate } from './sync-gate.js';

interface Begun {
  readonly step: Step;
  readonly change: Change;
}

/**
 * An import's way: everything is staged, made durable at once, switched back to back in plan order, then committed. Whatever
 * fails, all of it is undone in reverse.
 */
export async function applyOrBackOut(context: ApplyContext, plan: Plan, policy: BackOutPolicy): Promise<ApplyResult> {
  const begun: Begun[] = [];
  const trees = new Map<string, StagedTree>();
  const at: Place = { step: 'stage' };
  try {
    await stageAll(context, plan, trees, at);
    at.step = 'turn';
    await context.turn.takeOrThrow(plan.steps);
    for (const step of plan.steps) {
      context.checkGoesOn();
      const change = changeOf(context, step, trees.get(step.name));
      begun.push({ step, change });
      await takeStep(step, change, at);
    }
    delete at.extension;
    at.step = 'commit';
    context.checkGoesOn();
    const outcome = await commit(context, policy);
    return { ...(await settle(plan, begun, outcome)), fetchedBytes: context.fetchedBytes };
  } catch (error) {
    const undone = await undoAll(begun);
    for (const tree of trees.values()) await tree.remove().catch(() => undefined);
    const subject = at.extension === undefined ? 'the import' : at.extension;
    throw new ApplyFailed(at.step, undone, toMusterError(error, `${at.step} of ${subject}`), at.extension);
  }
}

/** Where the work is, for the error. */
interface Place {
  step: string;
  extension?: string;
}

async function stageAll(context: ApplyContext, plan: Plan, trees: Map<string, StagedTree>, at: Place): Promise<void> {
  const gate = new SyncGate(context);
  for (const step of plan.steps.filter(needsTree)) {
    context.checkGoesOn();
    at.extension = step.name;
    const tree = await stage(context, step.wanted);
    trees.set(step.name, tree);
    gate.staged(tree);
  }
  delete at.extension;
  at.step = 'sync';
  for (const tree of trees.values()) await gate.pass(tree);
}

async function takeStep(step: Step, change: Change, at: Place): Promise<void> {
  at.extension = step.name;
  try {
    await change.run();
  } catch (error) {
    at.step = change.phase;
    throw error;
  }
}

/** A commit that does not answer in time may have happened. */
async function commit(context: ApplyContext, policy: BackOutPolicy): Promise<CommitOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CommitOutcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'outcome-unknown' }), context.limits.commitTimeoutMs);
  });
  try {
    return await Promise.race([policy.commit(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** After the commit nothing may fail any more: what does is a warning, and the next apply puts it right. */
async function settle(
  plan: Plan,
  begun: readonly Begun[],
  outcome: CommitOutcome,
): Promise<Omit<ApplyResult, 'fetchedBytes'>> {
  const warnings: string[] = [];
  const attempt = async (what: string, action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      warnings.push(toMusterError(error, what).message);
    }
  };
  for (const { step, change } of begun) {
    if (outcome.kind === 'committed') {
      await attempt(`recording the revision of ${step.name}`, () => change.committed(outcome.ref));
    }
    await attempt(`emptying the trash after ${step.name}`, () => change.finish());
  }
  return {
    outcome: outcome.kind,
    ...(outcome.kind === 'committed' && { ref: outcome.ref }),
    applied: begun.map(({ step: { name, kind, why } }) => ({ name, kind, why })),
    parked: [],
    held: plan.held,
    waiting: [],
    foreign: plan.foreign,
    warnings,
  };
}

async function undoAll(begun: readonly Begun[]): Promise<string[]> {
  const undone: string[] = [];
  for (const { change } of begun.toReversed()) {
    undone.push(...(await change.undo()));
    await change.finish().catch(() => undefined);
  }
  return undone;
}
