export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** How much of a wait is left to chance, so that nodes that failed together do not come back together. */
const JITTER = 0.2;

/** The wait after this many failures (1 …): it doubles up to the maximum, less up to a fifth by chance. */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff, random: () => number = Math.random): number {
  const wholeMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(wholeMs * (1 - JITTER * random()));
}
