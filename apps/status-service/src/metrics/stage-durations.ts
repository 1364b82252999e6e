import { STAGES, type Stage } from '@muster/contracts';

/** The moments of one change on one node, in ms since 1970 by the clock of the database; each may be unknown but the ends. */
export interface Moments {
  readonly committedAt: number;
  readonly publishedAt?: number | null;
  readonly receivedAt?: number | null;
  readonly startedAt?: number | null;
  readonly fetchedAt?: number | null;
  readonly stagedAt?: number | null;
  readonly switchedAt?: number | null;
  readonly deployedAt?: number | null;
  readonly provenAt: number;
}

/**
 * How long each stage took, in ms. Each ends where the next begins, so that they add up to the time from the commit to the
 * proof: a stage whose end is unknown, or lies before its beginning, took no time, and the next one has it.
 */
export function stageDurations(moments: Moments): Record<Stage, number> {
  const { publishedAt, receivedAt, startedAt, fetchedAt, stagedAt, switchedAt, deployedAt, provenAt } = moments;
  const ends = [publishedAt, receivedAt, startedAt, fetchedAt, stagedAt, switchedAt, deployedAt, provenAt];
  const durations = {} as Record<Stage, number>;
  let begun = moments.committedAt;
  STAGES.forEach((stage, index) => {
    const end = Math.min(Math.max(ends[index] ?? begun, begun), Math.max(provenAt, moments.committedAt));
    durations[stage] = end - begun;
    begun = end;
  });
  return durations;
}
