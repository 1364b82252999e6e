import type { UnitBounds } from '../plan/units.js';

/** Milliseconds and bytes. A unit is as large as a revision may be, in steps; in bytes it is bounded so that the disk is. */
export interface ApplyLimits extends UnitBounds {
  /** Longest time for one package to arrive. */
  readonly fetchTimeoutMs: number;
  /** Longest time for one package to be unpacked, beside the reader's own limit. */
  readonly extractTimeoutMs: number;
  /** Longest time for one `sync -f`. */
  readonly syncTimeoutMs: number;
  /** Longest time for the commit; afterwards its outcome counts as unknown. */
  readonly commitTimeoutMs: number;
  /** Free space that must remain after unpacking. */
  readonly reserveBytes: number;
  /** Packages that may stand staged ahead of the one that is being switched. */
  readonly stageAhead: number;
  /** Staged bytes ahead beyond which no further package is staged. */
  readonly stageAheadBytes: number;
  /** Starts of one hook that may end with the death of the process before it is parked. */
  readonly maxHookAttempts: number;
}

export const DEFAULT_APPLY_LIMITS: ApplyLimits = {
  fetchTimeoutMs: 600_000,
  extractTimeoutMs: 120_000,
  syncTimeoutMs: 120_000,
  commitTimeoutMs: 60_000,
  reserveBytes: 16 * 1024 * 1024,
  stageAhead: 2,
  stageAheadBytes: 1024 ** 3,
  maxHookAttempts: 5,
  unitSteps: 1_000,
  unitBytes: 4 * 1024 ** 3,
};
