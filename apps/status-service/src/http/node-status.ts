import type { NodeDetail, NodeReport, NodeStatus } from '@muster/contracts';
import type { CatalogFacts } from '../model/facts.js';
import { lagOf } from '../model/lag.js';
import { time, type NodeView } from '../model/node-view.js';
import { parkedEntries } from '../model/parked-entries.js';
import { recurringDrift } from '../model/recurring-drift.js';

/** A node as `GET /nodes` shows it, at a moment of the database's clock. */
export function nodeStatus(view: NodeView, facts: CatalogFacts): NodeStatus {
  const { nowMs } = facts;
  const { heard, provenAtMs, reason, address, paused } = view;
  const report = heard?.report;
  const lag = lagOf(view, facts);
  return {
    node: view.node,
    state: view.state,
    since: time(view.sinceMs),
    ...(heard !== undefined && { heardSecondsAgo: secondsSince(heard.receivedAtMs, nowMs) }),
    ...(provenAtMs !== undefined && { provenSecondsAgo: secondsSince(provenAtMs, nowMs) }),
    revision: report?.revision ?? 0,
    ...(report?.rootDigest !== undefined && { digest: report.rootDigest }),
    inSync: view.inSync,
    parked: report === undefined ? 0 : parkedEntries(report).length,
    foreign: report?.foreign.length ?? 0,
    ...(address !== undefined && { address }),
    ...(reason !== undefined && { reason }),
    lagRevisions: lag.revisions,
    lagSeconds: lag.ms / 1000,
    queued: report?.queue.length ?? 0,
    ...(paused !== undefined && { paused }),
    starts: view.starts,
    ...(report?.clockOffsetMs !== undefined && { clockOffsetMs: report.clockOffsetMs }),
    driftRecurring: heard === undefined ? [] : recurringDrift(heard, nowMs).map(({ extension }) => extension),
    ...(view.state === 'live' && report !== undefined && atWork(report)),
  };
}

/** What a live node is busy with. */
function atWork({ step, lock }: NodeReport): Pick<NodeStatus, 'doing' | 'lock'> {
  return { ...(step !== undefined && { doing: stepInWords(step) }), ...(lock !== undefined && { lock }) };
}

function stepInWords({ state, extension, detail }: NonNullable<NodeReport['step']>): string {
  const what = extension === undefined ? state : `${state} ${extension}`;
  return detail === undefined ? what : `${what}: ${detail}`;
}

/** With the node's own report; without a fresh proof nobody knows whether what it calls in sync still is. */
export function nodeDetail(view: NodeView, facts: CatalogFacts): NodeDetail {
  const report = view.heard?.report;
  return { ...nodeStatus(view, facts), ...(report !== undefined && { report: view.fresh ? report : doubted(report) }) };
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
