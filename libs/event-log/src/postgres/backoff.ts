/** Waits that grow to a limit, each drawn between half and all of its step so that many clients do not return at once. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly firstMs: number,
    private readonly maxMs: number,
  ) {}

  nextMs(): number {
    const stepMs = Math.min(this.maxMs, this.firstMs * 2 ** Math.min(this.failures, 20));
    this.failures += 1;
    return stepMs * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.failures = 0;
  }
}
