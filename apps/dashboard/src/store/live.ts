import type { BoardMessage, BoardSnapshot } from '@muster/contracts';
import { computed, effect, signal } from '@preact/signals';
import { applyMessage } from '../model/apply-message.js';
import { learnTime, tick } from './clock.js';

const TYPES: readonly BoardMessage['type'][] = [
  'board',
  'cluster',
  'extensions',
  'nodes',
  'proposals',
  'revision',
  'beat',
];
/** A beat comes every 15 s: silence for longer means that nobody is there. */
const SILENT_AFTER_MS = 20_000;
const REOPEN_AFTER_MS = 2_000;

export const board = signal<BoardSnapshot | undefined>(undefined);
/** Counts the commits and convergences that were told: what shows the timeline reads it again. */
export const revisionsTold = signal(0);
const connected = signal(false);
const heardAt = signal<number | undefined>(undefined);
/** When a page without any board began to wait for one. */
const askedAt = Date.now();

export const connection = computed<'connecting' | 'live' | 'lost'>(() => {
  const heard = heardAt.value;
  if (heard === undefined) return tick.value - askedAt > 5_000 ? 'lost' : 'connecting';
  return connected.value && tick.value - heard < SILENT_AFTER_MS ? 'live' : 'lost';
});

export const silentSeconds = computed(() => (tick.value - (heardAt.value ?? askedAt)) / 1_000);

/** Whether what is shown was true a moment ago: the stream lives and the catalog answers. */
export const trustworthy = computed(() => connection.value === 'live' && board.value?.cluster.fresh !== false);

let source: EventSource | undefined;
let openedAt = 0;

export function openStream(): void {
  source?.close();
  openedAt = Date.now();
  source = new EventSource('/events');
  source.addEventListener('open', () => {
    connected.value = true;
  });
  source.addEventListener('message', take);
  for (const type of TYPES) source.addEventListener(type, take);
  source.addEventListener('error', () => {
    connected.value = false;
    tick.value = Date.now();
    // A refusal closes the stream for good; the browser itself only mends a broken connection.
    if (source?.readyState === EventSource.CLOSED) setTimeout(openStream, REOPEN_AFTER_MS);
  });
}

/** A connection that broke without a word looks open for minutes: after a long silence it is made anew. */
effect(() => {
  const heard = heardAt.value;
  const quiet = Math.min(tick.value - (heard ?? tick.value), tick.value - openedAt);
  if (quiet > SILENT_AFTER_MS) openStream();
});

function take({ data, lastEventId }: MessageEvent<string>): void {
  const message = JSON.parse(data) as BoardMessage;
  const now = Date.now();
  connected.value = true;
  heardAt.value = now;
  if (message.type === 'board') learnTime(message.board.cluster.at);
  else if (message.type === 'cluster') learnTime(message.cluster.at);
  else if (message.type === 'beat') learnTime(message.at);
  if (board.peek() === undefined) markFirstState();
  if (message.type === 'revision') revisionsTold.value += 1;
  board.value = applyMessage(board.peek(), message, lastEventId);
  if (message.type === 'board') revisionsTold.value += 1;
}

/** For whoever measures: when the first state was in sight. */
function markFirstState(): void {
  requestAnimationFrame(() => performance.mark('muster-first-state'));
}
