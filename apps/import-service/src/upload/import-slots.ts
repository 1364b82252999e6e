import { HttpProblem } from '@muster/service-kit';

/** How many imports and removals run at once. What comes beyond is turned away at once, before a byte of it is read. */
export class ImportSlots {
  private readonly running = new Set<Promise<unknown>>();

  constructor(private readonly limit: number) {}

  get busy(): number {
    return this.running.size;
  }

  /** @throws HttpProblem 429 `too-many-imports` */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running.size >= this.limit) {
      throw new HttpProblem(429, 'too-many-imports', `${this.running.size} imports run on this service already`, {
        limit: this.limit,
        actual: this.running.size + 1,
        remedy: 'Send it again when one of them has ended, or to another origin.',
        retryAfterSeconds: 2,
      });
    }
    const running = (async () => work())();
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
    }
  }

  /** Ends when all that ran at this moment has ended, well or not. */
  async drained(): Promise<void> {
    await Promise.allSettled(this.running);
  }
}
