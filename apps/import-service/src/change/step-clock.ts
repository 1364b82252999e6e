import type { StepName } from '../problems/refusal.js';

/** Which step a change is in, and how long each took. One step at a time; a step that is entered twice adds up. */
export class StepClock {
  private readonly durations = new Map<StepName, number>();
  /** Told of each step that begins after the first. */
  onStep?: (step: StepName) => void;
  private at: StepName = 'receive';
  private since = performance.now();

  get step(): StepName {
    return this.at;
  }

  /** Ends the step that was under way. */
  enter(step: StepName): void {
    this.settle();
    if (this.at === step) return;
    this.at = step;
    this.onStep?.(step);
  }

  /** Milliseconds by step, in the order in which they began. */
  durationsMs(): ReadonlyMap<StepName, number> {
    this.settle();
    return this.durations;
  }

  /** As a `Server-Timing` header has it. */
  toServerTiming(): string {
    return [...this.durationsMs()].map(([step, milliseconds]) => `${step};dur=${milliseconds.toFixed(1)}`).join(', ');
  }

  private settle(): void {
    const now = performance.now();
    this.durations.set(this.at, (this.durations.get(this.at) ?? 0) + now - this.since);
    this.since = now;
  }
}
