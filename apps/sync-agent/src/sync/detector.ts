import type { LookReason } from './look-requests.js';

/** Where several asked for one look, the one that stands first made it necessary. */
const DETECTORS: readonly (readonly [LookReason, string])[] = [
  ['order', 'order'],
  ['replayed', 'replay'],
  ['event', 'event'],
  ['start', 'start'],
  ['reconnect', 'reconnect'],
  ['outage', 'reconnect'],
  ['retry', 'retry'],
  ['proposal', 'proposal'],
  ['timer', 'timer'],
];

/** What made the node look, in the words of its history; a look that goes on with a plan was made by what made the first. */
export function detectorOf(reasons: ReadonlySet<LookReason>, earlier: string): string {
  return DETECTORS.find(([reason]) => reasons.has(reason))?.[1] ?? earlier;
}
