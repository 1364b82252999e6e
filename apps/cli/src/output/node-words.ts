import type { BoardNode, Cell, NodeStatus } from '@muster/contracts';
import { oneLine } from './plain.js';
import type { Paints } from './paint.js';
import { count, names, relative, span } from './words.js';

export type NodeWord = 'in sync' | 'syncing' | 'parked' | 'paused' | 'offline' | 'stopped' | 'forked' | 'retired';

/** The one word for a node, the gravest that applies. */
export function nodeWord({ state, inSync, parked, paused }: NodeStatus): NodeWord {
  if (state !== 'live') return state;
  if (paused !== undefined) return 'paused';
  if (parked > 0) return 'parked';
  return inSync ? 'in sync' : 'syncing';
}

/** Colour only for what needs a person. */
export function paintedWord(word: NodeWord, paint: Paints): string {
  if (word === 'parked' || word === 'forked') return paint.bad(word);
  if (word === 'offline' || word === 'stopped' || word === 'paused') return paint.warn(word);
  return word;
}

/** `2 revisions, 6 min`; empty where it is at the head. */
export function behindWords({ lagRevisions, lagSeconds }: NodeStatus): string {
  return lagRevisions === 0 ? '' : `${count(lagRevisions, 'revision')}, ${span(lagSeconds * 1_000)}`;
}

/** How far a cell is from being well: what a person has to look at comes first. */
const GRAVITY: readonly Cell['state'][] = ['parked', 'drifted', 'deploying', 'waiting-turn', 'queued'];

/** Why a node is not as it should be, in one line. */
export function reasonWords(node: NodeStatus & Partial<Pick<BoardNode, 'cells'>>, nowMs: number): string {
  const { paused, reason, doing, cells = {}, heardSecondsAgo } = node;
  if (paused !== undefined) return `paused by ${paused.actor}: ${oneLine(paused.reason)}`;
  const [worst, ...others] = Object.entries(cells).sort(([, left], [, right]) => gravity(left) - gravity(right));
  if (node.state === 'live' && worst !== undefined) {
    const more =
      others.length === 0
        ? ''
        : `; and ${names(
            others.map(([name]) => name),
            3,
          )}`;
    return cellWords(worst[0], worst[1], nowMs) + more;
  }
  if (reason !== undefined) return oneLine(reason);
  if (node.state !== 'live' && heardSecondsAgo !== undefined) return `last heard ${span(heardSecondsAgo * 1_000)} ago`;
  return oneLine(doing ?? '');
}

function gravity({ state }: Cell): number {
  const place = GRAVITY.indexOf(state);
  return place === -1 ? GRAVITY.length : place;
}

function cellWords(extension: string, { state, failure, waitsFor, nextAttempt }: Cell, nowMs: number): string {
  const next = nextAttempt === undefined ? '' : `; next try ${tryWords(nextAttempt, nowMs)}`;
  if (failure !== undefined) return `${extension}: ${oneLine(failure.detail)}${next}`;
  return `${extension}: ${state}${waitsFor === undefined ? '' : `, waits for ${waitsFor}`}${next}`;
}

function tryWords(time: string, nowMs: number): string {
  return Date.parse(time) <= nowMs ? 'now' : relative(time, nowMs);
}
