import { STAGES, type Stage, type StageTimes } from '@muster/contracts';
import { time } from '../node-view.js';

/** The moments of one passage, in ms by the clock of the database; each ends the stage at its place in STAGES. */
export interface Moments {
  readonly published?: number;
  readonly received?: number;
  readonly started?: number;
  readonly fetched?: number;
  readonly staged?: number;
  readonly switched?: number;
  readonly deployed?: number;
  readonly proven?: number;
}

export const MOMENT_NAMES = [
  'published',
  'received',
  'started',
  'fetched',
  'staged',
  'switched',
  'deployed',
  'proven',
] as const satisfies readonly (keyof Moments)[];

/**
 * Moments that never go back: each is at the latest where the next one that is known is, and none lies before the commit. They
 * come from several clocks' readings of one clock, and what is published may be taken in before that is noted. Whole ms.
 */
export function inOrder(committedMs: number, moments: Moments): Moments {
  const first = Math.round(committedMs);
  let limit = Infinity;
  const ordered: Partial<Record<keyof Moments, number>> = {};
  for (const name of MOMENT_NAMES.toReversed()) {
    const ms = moments[name];
    if (ms === undefined) continue;
    limit = Math.max(first, Math.min(Math.round(ms), limit));
    ordered[name] = limit;
  }
  return ordered;
}

/** How long each stage took; they add up to the time from the commit to the proof. A stage whose end is not known took none. */
export function stageDurations(committedMs: number, moments: Moments): Record<Stage, number> {
  let before = Math.round(committedMs);
  const durations = STAGES.map((stage, index): [Stage, number] => {
    const name = MOMENT_NAMES[index];
    const end = (name && moments[name]) ?? before;
    const tookMs = end - before;
    before = end;
    return [stage, tookMs];
  });
  return Object.fromEntries(durations) as Record<Stage, number>;
}

/** As the interface tells them; when it was published is told of the revision. */
export function stageTimes({ published: _published, ...moments }: Moments): StageTimes {
  const times = Object.entries(moments).map(([name, ms]) => [`${name}At`, time(ms)]);
  return Object.fromEntries(times) as StageTimes;
}
