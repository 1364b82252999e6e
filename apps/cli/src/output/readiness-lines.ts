import type { NodeReadiness, ReadinessState } from '@muster/contracts';
import { oneLine } from './plain.js';
import type { Paints } from './paint.js';
import { table } from './table.js';
import { count, span } from './words.js';

export interface ReadinessLook {
  readonly paint: Paints;
  readonly columns: number;
  readonly nowMs: number;
}

const WHY: Readonly<Record<ReadinessState, string>> = {
  waiting: 'has not been heard of yet',
  staging: 'fetches, unpacks and checks',
  ready: '',
  failed: 'could not get ready',
  paused: 'is held by an operator',
  absent: 'is stopped or silent',
};

/** Each node with its state, since how long, and why it is not ready. */
export function readinessLines(nodes: readonly NodeReadiness[], { paint, columns, nowMs }: ReadinessLook): string[] {
  const heading = ['NODE', 'STATE', 'SINCE', 'WHY'].map((title) => paint.faint(title));
  const rows = nodes.map((node) => [
    node.node,
    paintedState(node.state, paint),
    span(nowMs - Date.parse(node.since)),
    notReadyWords(node),
  ]);
  return table([heading, ...rows], columns);
}

/** Of a proposal that came to nothing: who was not ready and why; the others are only counted. */
export function unreadyLines(nodes: readonly NodeReadiness[], paint: Paints): string[] {
  const unready = nodes.filter(({ state }) => state !== 'ready');
  const ready = nodes.length - unready.length;
  return [
    ...table(unready.map((node) => [node.node, paintedState(node.state, paint), notReadyWords(node)])),
    ...(ready > 0 ? [`${count(ready, 'node')} ${ready === 1 ? 'was' : 'were'} ready`] : []),
  ];
}

/** `2 of 3 nodes are ready`. */
export function readyWords(nodes: readonly NodeReadiness[]): string {
  const ready = nodes.filter(({ state }) => state === 'ready').length;
  return `${ready} of ${count(nodes.length, 'node')} ${ready === 1 ? 'is' : 'are'} ready`;
}

/** Colour only for what needs a person. */
export function paintedState(state: ReadinessState, paint: Paints): string {
  if (state === 'failed') return paint.bad(state);
  return state === 'paused' || state === 'absent' ? paint.warn(state) : state;
}

/** Why it is not ready, in one line; empty where it is. */
export function notReadyWords({ state, code, reason }: NodeReadiness): string {
  const words = reason === undefined ? WHY[state] : oneLine(reason);
  return state === 'failed' && code !== undefined ? `(${code}) ${words}` : words;
}
