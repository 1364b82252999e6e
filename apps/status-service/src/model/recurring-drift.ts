import type { Heard } from './facts.js';

/** So many corrections of one extension within so long are no accident: something else writes there. */
export const RECURRING_COUNT = 3;
export const RECURRING_WITHIN_MS = 600_000;

export interface RecurringDrift {
  readonly extension: string;
  readonly count: number;
  /** What was found the last time. */
  readonly found: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

interface Correction {
  readonly found: string;
  readonly atMs: number;
}

/**
 * The extensions of a node that had to be put right again and again lately, sorted by name. Moments are those of the
 * database's clock: the node says when it made a correction and when it sent its report, both by its own.
 */
export function recurringDrift({ report, receivedAtMs }: Heard, nowMs: number): RecurringDrift[] {
  const aheadMs = Date.parse(report.sentAt) - receivedAtMs;
  const corrections = new Map<string, Correction[]>();
  for (const { extension, found, at } of report.drift) {
    const atMs = Date.parse(at) - aheadMs;
    if (nowMs - atMs > RECURRING_WITHIN_MS) continue;
    corrections.set(extension, [...(corrections.get(extension) ?? []), { found, atMs }]);
  }
  return [...corrections]
    .flatMap(([extension, made]) => {
      const [first, ...others] = made.toSorted((a, b) => a.atMs - b.atMs);
      const last = others.at(-1);
      if (first === undefined || last === undefined || made.length < RECURRING_COUNT) return [];
      return [{ extension, count: made.length, found: last.found, firstAtMs: first.atMs, lastAtMs: last.atMs }];
    })
    .sort((a, b) => (a.extension < b.extension ? -1 : 1));
}
