interface Sample {
  readonly atMs: number;
  /** The broker's clock less ours, and how far that may be off. */
  readonly differenceMs: number;
  readonly errorMs: number;
}

/** The broker stamps whole milliseconds. */
const RESOLUTION_MS = 1;

/** How far two clocks may part company in the meantime; a good quartz does a tenth of it. */
const DRIFT = 500e-6;

/**
 * The broker's clock, told from how long it took to answer with its time. The more exact answer counts, until its error has
 * grown by drift, or an answer contradicts it: then one of the clocks was set, or this machine slept. Local times are of
 * `performance.now()`, which nobody sets.
 */
export class BrokerClock {
  private best: Sample | undefined;

  /** The broker's time lies somewhere between question and answer. */
  add(askedMs: number, answeredMs: number, brokerMs: number): void {
    const errorMs = (answeredMs - askedMs) / 2 + RESOLUTION_MS;
    const sample = { atMs: answeredMs, differenceMs: brokerMs - (askedMs + answeredMs) / 2, errorMs };
    const best = this.best;
    const bestErrorMs = best ? best.errorMs + (answeredMs - best.atMs) * DRIFT : Infinity;
    const contradicts = best && Math.abs(sample.differenceMs - best.differenceMs) > errorMs + bestErrorMs;
    if (errorMs <= bestErrorMs || contradicts) this.best = sample;
  }

  /** `undefined` before the first answer. */
  timeAt(localMs: number): number | undefined {
    return this.best && localMs + this.best.differenceMs;
  }
}
