import type { MusterError } from '@muster/contracts';
import { toMusterError } from '../disk/failure.js';
import { targetOf, type HeldBack, type Plan, type Step } from '../plan/step.js';
import { StorageError } from '../storage-error.js';
import type { ApplyContext } from './apply-context.js';
import type { AppliedStep, ApplyResult, ParkedExtension } from './apply-options.js';
import type { Change } from './change.js';
import { changeOf } from './change-of.js';
import { StagingPipeline } from './staging-pipeline.js';
import { SyncGate } from './sync-gate.js';

/**
 * The agent's way: strictly in plan order, each step finished before the next is switched; one that fails is put back and
 * parked, what comes after it is held back, everything else goes on.
 */
export async function applyAndPark(context: ApplyContext, plan: Plan): Promise<ApplyResult> {
  const run = new ParkingRun(context, plan);
  try {
    for (const step of plan.steps) await run.take(step);
  } finally {
    await run.close();
  }
  return {
    outcome: 'applied',
    applied: run.applied,
    parked: run.parked,
    held: [...plan.held, ...run.held],
    foreign: plan.foreign,
    fetchedBytes: context.fetchedBytes,
    warnings: run.warnings,
  };
}

class ParkingRun {
  readonly applied: AppliedStep[] = [];
  readonly parked: ParkedExtension[] = [];
  readonly held: HeldBack[] = [];
  readonly warnings: string[] = [];
  private readonly behind = new Map<string, string>();
  private readonly gate: SyncGate;
  private readonly pipeline: StagingPipeline;

  constructor(
    private readonly context: ApplyContext,
    plan: Plan,
  ) {
    this.gate = new SyncGate(context);
    this.pipeline = new StagingPipeline(context, this.gate, plan.steps);
  }

  async take(step: Step): Promise<void> {
    this.context.checkGoesOn();
    const blocker = step.after.find((name) => this.behind.has(name));
    if (blocker !== undefined) {
      const waitsFor = this.behind.get(blocker) ?? blocker;
      this.behind.set(step.name, waitsFor);
      this.held.push({ step, waitsFor });
      await this.pipeline.skip(step);
      return;
    }
    await this.tryStep(step);
  }

  close(): Promise<void> {
    return this.pipeline.close();
  }

  private async tryStep(step: Step): Promise<void> {
    let phase = 'stage';
    let change: Change | undefined;
    try {
      const staged = await this.pipeline.take(step);
      change = changeOf(this.context, step, staged);
      phase = 'sync';
      if (staged !== undefined) await this.gate.pass(staged);
      this.context.checkGoesOn();
      phase = '';
      await change.run();
    } catch (error) {
      await this.fail(step, phase || (change?.phase ?? 'stage'), error, change);
      return;
    }
    this.applied.push({ name: step.name, kind: step.kind, why: step.why });
    await this.finish(step, change);
  }

  private async fail(step: Step, phase: string, error: unknown, change: Change | undefined): Promise<void> {
    const undone = (await change?.undo()) ?? [];
    if (change !== undefined) await this.finish(step, change);
    if (isOrderToStop(error, this.context)) throw error;
    const failure: MusterError = toMusterError(error, `${step.kind} of ${step.name}`);
    const { name, kind } = step;
    const { code, message: detail } = failure;
    this.behind.set(name, name);
    this.parked.push({ name, kind, sha256: targetOf(step), step: phase, code, detail, undone });
    this.context.report(name, 'parked', detail);
  }

  private async finish(step: Step, change: Change): Promise<void> {
    try {
      await change.finish();
    } catch (error) {
      this.warnings.push(toMusterError(error, `emptying the trash after ${step.name}`).message);
    }
  }
}

function isOrderToStop(error: unknown, context: ApplyContext): boolean {
  if (error instanceof StorageError && (error.code === 'aborted' || error.code === 'lock-lost')) return true;
  return context.options.signal?.aborted === true && error === context.options.signal.reason;
}
