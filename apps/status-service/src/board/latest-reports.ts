import { isNewerReport, type ReportMark } from '@muster/contracts';
import type { Heard } from '../model/facts.js';
import { Rivals } from './rivals.js';

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
    if (known !== undefined && !isNewerReport(markOf(heard), markOf(known))) {
      this.rivals.note(heard, known);
      return false;
    }
    this.byNode.set(heard.report.node, heard);
    return true;
  }
}

function markOf({ report, receivedAtMs }: Heard): ReportMark {
  const { instance, startedAt, seq, state } = report;
  return { instance, startedAt, seq, state, receivedAtMs };
}
