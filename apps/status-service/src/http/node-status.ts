import type { NodeDetail, NodeReport, NodeStatus } from '@muster/contracts';
import { time, type NodeView } from '../model/node-view.js';

/** A node as `GET /nodes` shows it, at a moment of the database's clock. */
export function nodeStatus(view: NodeView, nowMs: number): NodeStatus {
  const { heard, provenAtMs, reason, address } = view;
  const report = heard?.report;
  return {
    node: view.node,
    state: view.state,
    since: time(view.sinceMs),
    ...(heard !== undefined && { heardSecondsAgo: secondsSince(heard.receivedAtMs, nowMs) }),
    ...(provenAtMs !== undefined && { provenSecondsAgo: secondsSince(provenAtMs, nowMs) }),
    revision: report?.revision ?? 0,
    ...(report?.rootDigest !== undefined && { digest: report.rootDigest }),
    inSync: view.inSync,
    parked: report?.extensions.filter(({ state }) => state === 'parked').length ?? 0,
    foreign: report?.foreign.length ?? 0,
    ...(address !== undefined && { address }),
    ...(reason !== undefined && { reason }),
  };
}

/** With the node's own report; without a fresh proof nobody knows whether what it calls in sync still is. */
export function nodeDetail(view: NodeView, nowMs: number): NodeDetail {
  const report = view.heard?.report;
  return { ...nodeStatus(view, nowMs), ...(report !== undefined && { report: view.fresh ? report : doubted(report) }) };
}

function doubted(report: NodeReport): NodeReport {
  const extensions = report.extensions.map((entry) =>
    entry.state === 'in-sync' ? { ...entry, state: 'unknown' as const } : entry,
  );
  return { ...report, extensions };
}

function secondsSince(ms: number, nowMs: number): number {
  return Math.max(0, Math.round(nowMs - ms) / 1000);
}
