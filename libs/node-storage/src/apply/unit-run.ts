import { toMusterError } from '../disk/failure.js';
import type { Step } from '../plan/step.js';
import type { Unit } from '../plan/units.js';
import { StorageError } from '../storage-error.js';
import type { TurnWait } from '../turn.js';
import type { ApplyContext } from './apply-context.js';
import type { Change } from './change.js';
import { changeOf } from './change-of.js';
import type { ParkOutcomes } from './park-outcomes.js';
import type { StagedTree } from './staged-tree.js';
import type { StagingPipeline } from './staging-pipeline.js';
import type { SyncGate } from './sync-gate.js';

export interface UnitRunParts {
  readonly context: ApplyContext;
  readonly outcomes: ParkOutcomes;
  readonly gate: SyncGate;
  readonly pipeline: StagingPipeline;
}

/** A step whose tree stands aside, durable. */
interface Ready {
  readonly step: Step;
  readonly tree: StagedTree | undefined;
}

const LOST: TurnWait = {
  detail: 'its turn ran out before its hook could start, and is asked for again',
  failed: false,
};

interface Placed {
  readonly step: Step;
  readonly change: Change;
}

/**
 * One unit: all of it is staged and made durable, the turn is taken, all of it is switched in order, then the hooks run in
 * the same order. A removal runs its hook before its switch, so the hooks of what was switched before it run first.
 *
 * At any instant each step is staged, placed (its directory is switched, its mark says that its hook is to run) or ended.
 * Before a step that fails is undone, the placed ones that stand behind it are, the last first: so nothing ever stands without
 * what it needs. Where it all has to stop, every placed one is undone so.
 */
export class UnitRun {
  private placed: Placed[] = [];

  constructor(private readonly parts: UnitRunParts) {}

  /** `waits`: its turn has not come, or was lost; nothing of what is left was switched. Throws what ends the whole apply. */
  async take(unit: Unit): Promise<'ended' | 'waits'> {
    const { context, outcomes } = this.parts;
    let ready: Ready[] = [];
    try {
      ready = await this.stageAll(unit);
      const wait = await this.takeTurn(ready);
      if (wait === undefined) return await this.switchAll(ready);
      for (const { step } of ready) outcomes.wait(step, wait);
      await this.keep(ready.splice(0));
      return 'waits';
    } finally {
      await context.turn.release();
      // Of those that were not taken; what was taken has no tree there any more.
      await discard(ready);
    }
  }

  private async stageAll(unit: Unit): Promise<Ready[]> {
    const { context, outcomes, pipeline, gate } = this.parts;
    const staged: Ready[] = [];
    const ready: Ready[] = [];
    try {
      for (const step of unit) {
        context.checkGoesOn();
        if (this.isBlocked(step)) await pipeline.skip(step);
        else await this.attempt(step, 'stage', async () => staged.push({ step, tree: await pipeline.take(step) }));
      }
      for (const one of staged) {
        const { step, tree } = one;
        const waitsFor = outcomes.blockerOf(step);
        const passed =
          waitsFor === undefined && (await this.attempt(step, 'sync', async () => tree && gate.pass(tree)));
        if (passed) ready.push(one);
        else await tree?.remove();
        if (waitsFor !== undefined) outcomes.hold(step, waitsFor);
      }
      return ready;
    } catch (error) {
      await discard(staged);
      throw error;
    }
  }

  /** Staged again after the wait would be fetched and unpacked again. */
  private async keep(ready: readonly Ready[]): Promise<void> {
    const { shelf } = this.parts.context.options;
    for (const { step, tree } of ready) {
      if (tree === undefined || step.kind === 'remove') continue;
      if (shelf === undefined) await tree.remove();
      else await shelf.put(step.wanted.sha256, tree);
    }
  }

  /** Undefined once it was granted for all that is left of the unit. */
  private async takeTurn(ready: Ready[]): Promise<TurnWait | undefined> {
    const { context, outcomes } = this.parts;
    for (;;) {
      context.checkGoesOn();
      const answer = await context.turn.take(ready.map(({ step }) => step));
      if (answer.kind === 'granted') return undefined;
      if (answer.kind === 'waits') return answer.wait;
      const left: Ready[] = [];
      for (const one of ready) {
        const wait = answer.barred.get(one.step.name);
        if (wait !== undefined) outcomes.wait(one.step, wait);
        else if (!this.isBlocked(one.step)) left.push(one);
        if (!left.includes(one)) await one.tree?.remove();
      }
      ready.splice(0, ready.length, ...left);
    }
  }

  private async switchAll(ready: readonly Ready[]): Promise<'ended' | 'waits'> {
    const { observeUnit } = this.parts.context.options;
    const together = ready.length > 1;
    if (together) observeUnit?.(ready.map(({ step }) => step.name));
    try {
      for (const one of ready) await this.place(one, together);
      await this.complete();
      return 'ended';
    } catch (error) {
      await this.undoPlaced(() => true);
      if (!isTurnLost(error)) throw error;
      const { outcomes } = this.parts;
      for (const { step } of ready) if (!outcomes.hasEnded(step)) outcomes.wait(step, LOST);
      return 'waits';
    } finally {
      if (together) observeUnit?.(undefined);
    }
  }

  private async place({ step, tree }: Ready, together: boolean): Promise<void> {
    const { context } = this.parts;
    if (step.kind === 'remove') await this.complete();
    if (this.isBlocked(step)) return;
    context.checkGoesOn();
    const change = changeOf(context, step, tree);
    if (!(await this.tryChange({ step, change }, () => change.place()))) return;
    this.placed.push({ step, change });
    if (step.kind === 'remove') await this.complete();
    else if (together) context.report(step.name, 'queued', 'switched; its hook runs after those before it');
  }

  /** The hooks of all that was placed, in order. */
  private async complete(): Promise<void> {
    const { context, outcomes } = this.parts;
    for (let next = this.placed[0]; next !== undefined; next = this.placed[0]) {
      const { step, change } = next;
      context.checkGoesOn();
      const done = await this.tryChange(next, () => change.complete());
      this.placed = this.placed.filter((one) => one !== next);
      if (!done) continue;
      outcomes.apply(step);
      await outcomes.finish(step, change);
    }
  }

  /** False where it failed and was parked. Throws what ends the unit, after this change was undone. */
  private async tryChange(placed: Placed, action: () => Promise<void>): Promise<boolean> {
    const { context, outcomes } = this.parts;
    const { step, change } = placed;
    try {
      await action();
      return true;
    } catch (error) {
      const { phase } = change;
      const ends = isOrderToStop(error, context) || isTurnLost(error);
      if (ends && this.placed.includes(placed)) throw error;
      if (!ends) await this.undoBehind(step);
      const undone = await change.undo();
      await outcomes.finish(step, change);
      if (ends) throw error;
      const failure = toMusterError(error, `${step.kind} of ${step.name}`);
      await context.turn.failed(step, failure);
      outcomes.park(step, phase, failure, undone);
      return false;
    }
  }

  /** Takes back what was placed and needs this one, directly or not. */
  private async undoBehind(failed: Step): Promise<void> {
    const { outcomes } = this.parts;
    outcomes.block(failed);
    const behind = new Map<Step, string>();
    for (const { step } of this.placed) {
      const waitsFor = step === failed ? undefined : outcomes.blockerOf(step);
      if (waitsFor === undefined) continue;
      behind.set(step, waitsFor);
      outcomes.hold(step, waitsFor);
    }
    await this.undoPlaced((step) => behind.has(step));
  }

  /** The last first. */
  private async undoPlaced(isMeant: (step: Step) => boolean): Promise<void> {
    for (const { step, change } of this.placed.filter((one) => isMeant(one.step)).toReversed()) {
      await change.undo();
      await this.parts.outcomes.finish(step, change);
    }
    this.placed = this.placed.filter(({ step }) => !isMeant(step));
  }

  private isBlocked(step: Step): boolean {
    const { outcomes } = this.parts;
    const waitsFor = outcomes.blockerOf(step);
    if (waitsFor === undefined) return false;
    outcomes.hold(step, waitsFor);
    return true;
  }

  /** False where it failed and was parked. */
  private async attempt(step: Step, phase: string, action: () => Promise<unknown>): Promise<boolean> {
    const { context, outcomes } = this.parts;
    try {
      await action();
      return true;
    } catch (error) {
      if (isOrderToStop(error, context)) throw error;
      outcomes.park(step, phase, toMusterError(error, `${step.kind} of ${step.name}`), []);
      return false;
    }
  }
}

async function discard(ready: readonly Ready[]): Promise<void> {
  for (const { tree } of ready) await tree?.remove().catch(() => undefined);
}

function isTurnLost(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'turn-lost';
}

function isOrderToStop(error: unknown, context: ApplyContext): boolean {
  if (error instanceof StorageError && (error.code === 'aborted' || error.code === 'lock-lost')) return true;
  return context.options.signal?.aborted === true && error === context.options.signal.reason;
}
