import type { LockHolder, NodeReport } from '@muster/contracts';
import type { Finding } from './finding.js';
import { byDatabase } from './node-clock.js';
import { quoted, since } from './wording.js';

/** What a node itself says that keeps it from its work, whatever the extension. */
export function nodeStateCauses(node: string, report: NodeReport, nowMs: number): Finding[] {
  const { catalogAway, eventLog, lock } = report;
  const findings: Finding[] = [];
  if (catalogAway !== undefined) {
    const sinceMs = byDatabase(report, catalogAway.since);
    const predicate = `cannot reach the database of the catalog ${since(sinceMs, nowMs)}: ${quoted(catalogAway.detail)}`;
    findings.push({ cause: 'database-away', node, subject: node, predicate, sinceMs });
  }
  if (eventLog?.following === false) {
    const sinceMs = byDatabase(report, eventLog.since);
    const predicate = `does not follow the event log ${since(sinceMs, nowMs)}: ${quoted(eventLog.detail)}`;
    findings.push({ cause: 'broker-away', node, subject: node, predicate, sinceMs });
  }
  if (lock !== undefined) findings.push(lockHeld(node, report, lock, nowMs));
  return findings;
}

function lockHeld(node: string, report: NodeReport, lock: LockHolder, nowMs: number): Finding {
  const { service, pid, purpose, revision } = lock;
  const holder = `${service} of ${lock.node} (process ${pid})`;
  const sinceMs = byDatabase(report, lock.since ?? report.step?.since ?? report.sentAt);
  const work = [purpose, revision === undefined ? undefined : `revision ${revision}`].filter(Boolean).join(', ');
  return {
    cause: 'lock-held',
    node,
    subject: node,
    predicate: `waits for the lock of its storage, which ${holder} holds ${since(sinceMs, nowMs)}${work && `: ${quoted(work)}`}`,
    sinceMs,
    waitsFor: holder,
    remedy: `wait for ${holder}, or end it`,
  };
}
