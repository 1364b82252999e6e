import type { MusterError } from '@muster/contracts';
import { toMusterError } from '../disk/failure.js';
import { targetOf, type HeldBack, type Plan, type Step } from '../plan/step.js';
import type { TurnWait } from '../turn.js';
import type { ApplyContext } from './apply-context.js';
import type { AppliedStep, ApplyResult, ParkedExtension, WaitingStep } from './apply-options.js';
import type { Change } from './change.js';

/** What came of the steps of one apply so far, and who stands behind whom. */
export class ParkOutcomes {
  private readonly applied: AppliedStep[] = [];
  private readonly parked: ParkedExtension[] = [];
  private readonly held: HeldBack[] = [];
  private readonly waiting: WaitingStep[] = [];
  private readonly warnings: string[] = [];
  private readonly behind = new Map<string, string>();
  private readonly ended = new Set<string>();

  constructor(private readonly context: ApplyContext) {}

  /** The extension that keeps a step from being taken; undefined where it may be taken. */
  blockerOf(step: Step): string | undefined {
    const before = step.after.find((name) => this.behind.has(name));
    return before === undefined ? undefined : this.behind.get(before);
  }

  hold(step: Step, waitsFor: string): void {
    this.behind.set(step.name, waitsFor);
    this.held.push({ step, waitsFor });
    this.ended.add(step.name);
  }

  wait(step: Step, wait: TurnWait): void {
    this.behind.set(step.name, step.name);
    this.waiting.push({ step, wait });
    this.ended.add(step.name);
  }

  /** Whether it was applied, parked, held back or put off. */
  hasEnded({ name }: Step): boolean {
    return this.ended.has(name);
  }

  /** Whatever comes after it is blocked from now on. */
  block(step: Step): void {
    this.behind.set(step.name, step.name);
  }

  park(step: Step, phase: string, failure: MusterError, undone: readonly string[]): void {
    const { name, kind } = step;
    const { code, message: detail } = failure;
    this.block(step);
    this.ended.add(name);
    this.parked.push({ name, kind, sha256: targetOf(step), step: phase, code, detail, undone });
    this.context.report(name, 'parked', detail);
  }

  apply({ name, kind, why }: Step): void {
    this.applied.push({ name, kind, why });
    this.ended.add(name);
  }

  /** Throws away what was kept for undoing it. */
  async finish(step: Step, change: Change): Promise<void> {
    try {
      await change.finish();
    } catch (error) {
      this.warnings.push(toMusterError(error, `emptying the trash after ${step.name}`).message);
    }
  }

  result(plan: Plan): ApplyResult {
    const { applied, parked, waiting, warnings } = this;
    return {
      outcome: 'applied',
      applied,
      parked,
      held: [...plan.held, ...this.held],
      waiting,
      foreign: plan.foreign,
      fetchedBytes: this.context.fetchedBytes,
      warnings,
    };
  }
}
