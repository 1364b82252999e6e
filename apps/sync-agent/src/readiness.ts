import { revisionSchema } from '@muster/contracts';
import type { Readiness } from '@muster/service-kit';
import type { AgentState } from './state/agent-state.js';

type Known = Pick<AgentState, 'phase' | 'reason' | 'paused' | 'applied' | 'switching' | 'step'>;

/** Ready once it follows the catalog, paused or not; not while it switches several extensions together. */
export function readiness({ phase, reason, paused, switching, step }: Known): Readiness {
  if (switching !== undefined)
    return { ready: false, reason: `it switches ${switching.extensions.join(', ')} together since ${switching.since}` };
  const held = paused && `paused since ${paused.since} by ${paused.actor}: ${paused.reason}`;
  if (phase === 'following') return { ready: true, ...(held !== undefined && { reason: held }) };
  const waits =
    step?.state === 'waiting-turn' ? `it waits for its turn since ${step.since}: ${step.detail}` : undefined;
  return { ready: false, reason: reason ?? held ?? waits ?? 'the first look has not ended yet' };
}

/** Whether it has taken in this revision, for `?minRevision=`; undefined where that is none. */
export function readinessFor(state: Known, asked: string): Readiness | undefined {
  const revision = /^\d+$/.test(asked) ? revisionSchema.safeParse(Number(asked)) : undefined;
  if (revision?.success !== true) return undefined;
  const known = readiness(state);
  if (!known.ready || state.applied.revision >= revision.data) return known;
  const held = known.reason === undefined ? '' : `; it is ${known.reason}`;
  return {
    ready: false,
    reason: `this node has taken in revision ${state.applied.revision}, not yet ${revision.data}${held}`,
  };
}
