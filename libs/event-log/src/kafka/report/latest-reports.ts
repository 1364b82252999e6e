import { isNewerReport, type NodeReport, type ReportMark } from '@muster/contracts';

export interface StampedReport {
  readonly report: NodeReport;
  /** By the broker's clock. */
  readonly receivedAtMs: number;
}

/**
 * What a subscription knows of each node, and what of that it has not given yet: of each node the latest only, the one that
 * came first first. The topic may bring an older report after a newer one (a delayed send, a second instance): it never
 * takes its place (`isNewerReport`).
 */
export class LatestReports {
  private readonly latest = new Map<string, ReportMark>();
  private readonly waiting = new Map<string, StampedReport>();

  add(stamped: StampedReport): void {
    const { report, receivedAtMs } = stamped;
    const { node, instance, startedAt, seq, state } = report;
    const mark: ReportMark = { instance, startedAt, seq, state, receivedAtMs };
    const kept = this.latest.get(node);
    if (kept !== undefined && !isNewerReport(mark, kept)) return;
    this.latest.set(node, mark);
    this.waiting.delete(node);
    this.waiting.set(node, stamped);
  }

  /** The next one to be given, which is no longer waiting. */
  take(): StampedReport | undefined {
    const [next] = this.waiting.values();
    if (next !== undefined) this.waiting.delete(next.report.node);
    return next;
  }
}
