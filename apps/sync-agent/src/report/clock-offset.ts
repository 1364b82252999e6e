/** One reading of the database's clock. */
export interface ClockReading {
  /** What the database said, in ms since 1970. */
  readonly databaseMs: number;
  /** What this node's clock said in the middle of the round trip. */
  readonly localMs: number;
  readonly roundTripMs: number;
}

/** A reading that was better is kept for so long; then a worse one tells more of now. */
const KEPT_MS = 60_000;

/** This node's clock less the database's. Each reading errs by at most half of its round trip: the best of the latest counts. */
export class ClockOffset {
  private best: { readonly offsetMs: number; readonly errorMs: number; readonly atMs: number } | undefined;

  /** In ms; undefined before the first reading. */
  get ms(): number | undefined {
    return this.best && Math.round(this.best.offsetMs);
  }

  take({ databaseMs, localMs, roundTripMs }: ClockReading, now = performance.now()): void {
    const reading = { offsetMs: localMs - databaseMs, errorMs: roundTripMs / 2, atMs: now };
    const { best } = this;
    const isBetter = best === undefined || reading.errorMs <= best.errorMs || now - best.atMs > KEPT_MS;
    // They cannot both be true: one of the clocks was set.
    const contradicts =
      best !== undefined && Math.abs(best.offsetMs - reading.offsetMs) > best.errorMs + reading.errorMs + 1;
    if (isBetter || contradicts) this.best = reading;
  }

  /** Reads something that carries the database's time. */
  async read<T extends { readonly atMs: number }>(reading: () => Promise<T>): Promise<T> {
    const [localMs, began] = [Date.now(), performance.now()];
    const result = await reading();
    const roundTripMs = performance.now() - began;
    this.take({ databaseMs: result.atMs, localMs: localMs + roundTripMs / 2, roundTripMs });
    return result;
  }
}
