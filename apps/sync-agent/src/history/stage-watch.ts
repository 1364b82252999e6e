import type { ApplyProgress } from '@muster/node-storage';

/** The moments of one change, on the monotonic clock; each stage ends where the next begins. */
export interface Moments {
  readonly received?: number;
  readonly started: number;
  readonly fetched?: number;
  readonly staged?: number;
  readonly switched?: number;
  readonly deployed?: number;
  readonly proven?: number;
  readonly ended: number;
}

type Watched = { -readonly [Moment in keyof Omit<Moments, 'proven' | 'received'>]?: Moments[Moment] } & {
  how?: 'done' | 'parked';
};

/** What begins with a state ends what came before it. */
const ENDS: Partial<Record<ApplyProgress['state'], 'fetched' | 'staged' | 'switched' | 'deployed'>> = {
  staging: 'fetched',
  installing: 'staged',
  deploying: 'switched',
  'in-sync': 'deployed',
};

/** Notes when the steps of one `apply` came how far. A hook that runs to take something back is no moment of the change. */
export class StageWatch {
  private readonly watched = new Map<string, Watched>();

  observe({ extension, state }: ApplyProgress, now = performance.now()): void {
    if (state === 'queued') return this.queued(extension, now);
    const moments = this.watched.get(extension) ?? { started: now };
    this.watched.set(extension, moments);
    if (moments.how !== undefined) return;
    const ended = ENDS[state];
    if (ended !== undefined) moments[ended] ??= now;
    if (state !== 'in-sync' && state !== 'parked') return;
    moments.how = state === 'in-sync' ? 'done' : 'parked';
    moments.ended = now;
  }

  /** Queued again, once it is being switched, is one of several: it is switched, and its hook waits for those before it. */
  private queued(extension: string, now: number): void {
    const moments = this.watched.get(extension);
    if (moments?.staged !== undefined && moments.how === undefined) moments.switched ??= now;
  }

  /** `begun`: it had changed something, and did not come to its end. Absent: it has not, or only fetched. */
  outcome(extension: string): 'done' | 'parked' | 'begun' | undefined {
    const moments = this.watched.get(extension);
    if (moments?.how !== undefined) return moments.how;
    return moments?.staged === undefined && moments?.switched === undefined ? undefined : 'begun';
  }

  /** What is not known of it counts as now. */
  moments(extension: string, now: number): Omit<Moments, 'proven' | 'received'> {
    const { how: _, started = now, ended = now, ...rest } = this.watched.get(extension) ?? {};
    return { ...rest, started, ended };
  }
}

/** The stages of a change on this node, in order, with the moment that ends each. */
const STAGE_ENDS = [
  ['wait', 'started'],
  ['fetch', 'fetched'],
  ['stage', 'staged'],
  ['switch', 'switched'],
  ['deploy', 'deployed'],
  ['prove', 'proven'],
] as const;
export type ChangeStage = (typeof STAGE_ENDS)[number][0];

/** Milliseconds of each stage that this change went through. */
export function stagesOf(moments: Moments): [ChangeStage, number][] {
  let from = moments.received ?? moments.started;
  return STAGE_ENDS.flatMap(([stage, end]): [ChangeStage, number][] => {
    const to = moments[end];
    if (to === undefined || (stage === 'wait' && moments.received === undefined)) return [];
    const durationMs = to - from;
    from = to;
    return [[stage, durationMs]];
  });
}
