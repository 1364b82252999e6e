import type { Finding } from './finding.js';
import type { WhyFacts } from './why-facts.js';
import { clockTime, quoted, since } from './wording.js';

/** What concerns the whole cluster, whoever asks. */
export function clusterCauses({ databaseAway, eventLog, nowMs }: WhyFacts): Finding[] {
  const findings: Finding[] = [];
  if (databaseAway !== undefined) {
    const { sinceMs, detail } = databaseAway;
    findings.push({
      cause: 'database-away',
      subject: 'the database of the catalog',
      predicate: `does not answer the status service ${since(sinceMs, nowMs)}: ${quoted(detail)}; all else that is said here was so at ${clockTime(sinceMs, nowMs)}`,
      sinceMs,
    });
  }
  if (eventLog?.ok === false) {
    const sinceMs = eventLog.awaySinceMs ?? nowMs;
    findings.push({
      cause: 'broker-away',
      subject: `the event log (${eventLog.kind})`,
      predicate: `does not answer: ${quoted(eventLog.detail)}`,
      sinceMs,
    });
  }
  return findings;
}
