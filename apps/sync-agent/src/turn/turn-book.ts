import type { TurnWait } from '@muster/contracts';
import { targetOf, turnChanges } from '@muster/node-storage';
import type { ParkedTarget, TurnChange, WaitingStep } from '@muster/node-storage';

/**
 * What waits for other nodes: `queued` for its turn, all of it of one unit; `barred` because its hook failed elsewhere. What is
 * barred stands aside, with its dependants, until it is no longer barred or another package is wanted.
 */
export class TurnBook {
  private queued: readonly WaitingStep[] = [];
  private readonly barred = new Map<string, WaitingStep>();

  get isEmpty(): boolean {
    return this.queued.length + this.barred.size === 0;
  }

  get isQueued(): boolean {
    return this.queued.length > 0;
  }

  /** A look is made: what it does not put off again does not wait for its turn any more. */
  begin(): void {
    this.queued = [];
  }

  /** What a look has put off. */
  took(waiting: readonly WaitingStep[]): void {
    this.queued = waiting.filter(({ wait }) => !wait.failed);
    for (const one of waiting) if (one.wait.failed) this.barred.set(one.step.name, one);
  }

  /** Forgets what is barred, but for these. */
  retain(names: ReadonlySet<string>): void {
    for (const name of this.barred.keys()) if (!names.has(name)) this.barred.delete(name);
  }

  clear(): void {
    this.queued = [];
    this.barred.clear();
  }

  /** What a plan must not do. */
  aside(): ParkedTarget[] {
    return [...this.barred.values()].map(({ step }) => ({ name: step.name, sha256: targetOf(step) }));
  }

  queuedChanges(): TurnChange[] {
    return this.queued.flatMap(({ step }) => turnChanges(step));
  }

  barredChanges(): TurnChange[] {
    return [...this.barred.values()].flatMap(({ step }) => turnChanges(step));
  }

  /** For whom each extension waits now. */
  waits(): ReadonlyMap<string, TurnWait> {
    return new Map([...this.barred.values(), ...this.queued].map(({ step, wait }) => [step.name, wait]));
  }

  /** All that is queued waits for this now. */
  queuedFor(wait: TurnWait): void {
    this.queued = this.queued.map(({ step }) => ({ step, wait }));
  }

  /** What is barred now, and why; true where something of it is not any more. */
  barredNow(barriers: ReadonlyMap<string, TurnWait>): boolean {
    let lifted = false;
    for (const [name, { step }] of this.barred) {
      const wait = barriers.get(name);
      lifted ||= wait === undefined;
      if (wait === undefined) this.barred.delete(name);
      else this.barred.set(name, { step, wait });
    }
    return lifted;
  }
}
