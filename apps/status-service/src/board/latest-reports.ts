import type { NodeReport } from '@muster/contracts';
import type { Heard } from '../model/facts.js';
import { Rivals } from './rivals.js';

/** After this silence another instance is believed although its clock says that it started before the one known. */
const SILENCE_MS = 60_000;

/** The latest report of each node. Reports are whole snapshots, so that an older one is of no use. */
export class LatestReports {
  readonly rivals = new Rivals();
  private readonly byNode = new Map<string, Heard>();

  get all(): ReadonlyMap<string, Heard> {
    return this.byNode;
  }

  /** False where it is older than, or the same as, what is known. */
  take(heard: Heard): boolean {
    const known = this.byNode.get(heard.report.node);
    if (known !== undefined && !isNewer(heard, known)) {
      this.rivals.note(heard, known);
      return false;
    }
    this.byNode.set(heard.report.node, heard);
    return true;
  }
}

function isNewer(heard: Heard, known: Heard): boolean {
  const { report } = heard;
  if (report.instance === known.report.instance) return report.seq > known.report.seq;
  return (
    hasEnded(known.report) || startsLater(report, known.report) || heard.receivedAtMs > known.receivedAtMs + SILENCE_MS
  );
}

/** It has said that it stops: whoever speaks for the node after that is another. */
function hasEnded({ state }: NodeReport): boolean {
  return state === 'stopped' || state === 'retired';
}

function startsLater(report: NodeReport, known: NodeReport): boolean {
  const difference = Date.parse(report.startedAt) - Date.parse(known.startedAt);
  return difference === 0 ? report.instance > known.instance : difference > 0;
}
