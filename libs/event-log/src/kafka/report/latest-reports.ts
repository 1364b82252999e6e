import type { NodeReport } from '@muster/contracts';

/** After this silence a new instance is believed although its clock says that it started before the old one. */
const SILENCE_MS = 60_000;

export interface StampedReport {
  readonly report: NodeReport;
  /** By the broker's clock. */
  readonly receivedAtMs: number;
}

type Kept = Pick<NodeReport, 'instance' | 'startedAt' | 'seq' | 'state'> & { readonly receivedAtMs: number };

/**
 * What a subscription knows of each node, and what of that it has not given yet: of each node the latest only, the one that
 * came first first. The topic may bring an older report after a newer one (a delayed send, a second instance): it never
 * takes its place. Only a node whose clock was set back would be shut out by that for as long: so a silence of a minute, or
 * the last word of the instance known, lets any other instance in.
 */
export class LatestReports {
  private readonly latest = new Map<string, Kept>();
  private readonly waiting = new Map<string, StampedReport>();

  add(stamped: StampedReport): void {
    const { report, receivedAtMs } = stamped;
    const { node, instance, startedAt, seq, state } = report;
    const kept = this.latest.get(node);
    if (kept !== undefined && !isNewer(stamped, kept)) return;
    this.latest.set(node, { instance, startedAt, seq, state, receivedAtMs });
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

function isNewer({ report, receivedAtMs }: StampedReport, kept: Kept): boolean {
  if (report.instance !== kept.instance && (hasEnded(kept) || kept.receivedAtMs < receivedAtMs - SILENCE_MS))
    return true;
  const startedAfterMs = Date.parse(report.startedAt) - Date.parse(kept.startedAt);
  if (startedAfterMs !== 0) return startedAfterMs > 0;
  if (report.instance !== kept.instance) return report.instance > kept.instance;
  return report.seq > kept.seq;
}

/** It has said that it stops: whoever speaks for the node after that is another. */
function hasEnded({ state }: Kept): boolean {
  return state === 'stopped' || state === 'retired';
}
