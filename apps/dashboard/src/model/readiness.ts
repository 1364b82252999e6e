import type { NodeReadiness, ReadinessState } from '@muster/contracts';
import { EXTENSION_LOOKS, NODE_LOOKS, type Look } from './looks.js';

/** How far a node is with what is to be activated together. */
export const READINESS_LOOKS: Record<ReadinessState, Look> = {
  waiting: { ...EXTENSION_LOOKS.queued, word: 'has not begun' },
  staging: { ...EXTENSION_LOOKS.staging, word: 'getting ready' },
  ready: { ...EXTENSION_LOOKS['in-sync'], word: 'ready' },
  failed: { ...EXTENSION_LOOKS.parked, word: 'failed' },
  paused: NODE_LOOKS.paused,
  absent: { ...NODE_LOOKS.offline, word: 'absent' },
};

export interface ReadinessSummary {
  readonly ready: number;
  readonly expected: number;
  /** Those that time alone may not bring: failed, absent, paused; the gravest first. */
  readonly hindering: readonly NodeReadiness[];
  /** Those that are at work, or about to be. */
  readonly underWay: number;
}

export function summarize(nodes: readonly NodeReadiness[]): ReadinessSummary {
  const ready = nodes.filter(({ state }) => state === 'ready').length;
  const hindering = gravestFirst(nodes).filter(({ state }) => READINESS_LOOKS[state].grave > HINDERS_ABOVE);
  return { ready, expected: nodes.length, hindering, underWay: nodes.length - ready - hindering.length };
}

const HINDERS_ABOVE = READINESS_LOOKS.waiting.grave;

export function gravestFirst(nodes: readonly NodeReadiness[]): NodeReadiness[] {
  return nodes.toSorted((left, right) => READINESS_LOOKS[right.state].grave - READINESS_LOOKS[left.state].grave);
}

/** `failed: no space is left`, `is paused by ben: new disks`, `absent`. */
export function whyOf({ state, reason }: NodeReadiness): string {
  const { word } = READINESS_LOOKS[state];
  if (reason === undefined) return word;
  return state === 'failed' ? `${word}: ${reason}` : reason;
}
