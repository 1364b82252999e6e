import type { NodeReport } from './node-report.js';

/** After this silence another instance is believed although its clock says that it started before the one known. */
const SILENCE_MS = 60_000;

/** What tells two reports of one node apart in time; `receivedAtMs` is by the clock of the log that carried them. */
export interface ReportMark extends Pick<NodeReport, 'instance' | 'startedAt' | 'seq' | 'state'> {
  readonly receivedAtMs: number;
}

/**
 * Whether a report takes the place of the one that is known of its node. Within an instance the number decides; between two,
 * the later start. Only a node whose clock was set back would be shut out by that for as long: so a silence of a minute, or
 * the last word of the instance known, lets any other in.
 */
export function isNewerReport(next: ReportMark, known: ReportMark): boolean {
  if (next.instance === known.instance) return next.seq > known.seq;
  if (hasEnded(known) || next.receivedAtMs > known.receivedAtMs + SILENCE_MS) return true;
  const startedAfterMs = Date.parse(next.startedAt) - Date.parse(known.startedAt);
  return startedAfterMs === 0 ? next.instance > known.instance : startedAfterMs > 0;
}

/** It has said that it stops: whoever speaks for the node after that is another. */
function hasEnded({ state }: ReportMark): boolean {
  return state === 'stopped' || state === 'retired';
}
