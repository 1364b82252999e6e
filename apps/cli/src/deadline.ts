import { setTimeout as delay } from 'node:timers/promises';

/** Until when something may take; its signal also ends with that of the command. */
export class Deadline {
  readonly signal: AbortSignal;
  private readonly endsAt: number;

  constructor(
    readonly totalMs: number,
    private readonly interrupt: AbortSignal,
  ) {
    this.endsAt = performance.now() + totalMs;
    this.signal = AbortSignal.any([interrupt, AbortSignal.timeout(Math.ceil(totalMs))]);
  }

  get remainingMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  get isOver(): boolean {
    return this.remainingMs === 0;
  }

  /** Waits so long, or until the deadline. Throws when the command is interrupted. */
  async pause(milliseconds: number): Promise<void> {
    this.interrupt.throwIfAborted();
    try {
      await delay(Math.min(milliseconds, this.remainingMs), undefined, { signal: this.interrupt });
    } catch (error) {
      this.interrupt.throwIfAborted();
      throw error;
    }
  }
}
