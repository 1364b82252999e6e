/**
 * One piece of work at a time, again and again: whoever asks gets the result of a round that begins after the question,
 * and all who ask meanwhile share it.
 */
export class Rounds<Result> {
  private running: Promise<Result> | undefined;
  private next: Promise<Result> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private dueAt = Infinity;
  private closed = false;

  constructor(private readonly work: () => Promise<Result>) {}

  /** The result of a round that begins after this call. */
  fresh(): Promise<Result> {
    this.next ??= this.begin();
    return this.next;
  }

  /** A round within so many ms, unless one begins earlier anyway. Its failure is for the work itself to tell. */
  soon(delayMs: number): void {
    const dueAt = performance.now() + delayMs;
    if (this.closed || dueAt >= this.dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = dueAt;
    this.timer = setTimeout(() => void this.fresh().catch(() => undefined), delayMs);
  }

  /** No further round by itself; waits for the one under way. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await Promise.allSettled([this.running, this.next]);
  }

  private async begin(): Promise<Result> {
    await this.running?.catch(() => undefined);
    clearTimeout(this.timer);
    this.dueAt = Infinity;
    this.running = this.work();
    this.next = undefined;
    return this.running;
  }
}
