import type { CauseName, NodeReport, ReportedExtension } from '@muster/contracts';
import { causeOfFailure } from './failure-cause.js';
import type { Finding } from './finding.js';
import { byDatabase } from './node-clock.js';
import { waitingTurn } from './on-its-way.js';
import { argument, counted, duration, quoted, since } from './wording.js';

/** Whether a node says that something of its own keeps it aside: a failure, or another extension. */
export function standsAside({ state, lastFailure, waitsFor }: ReportedExtension): boolean {
  return state === 'parked' || waitsFor !== undefined || lastFailure !== undefined;
}

/**
 * Why one extension stands aside on a node, and what that waits for in turn: its own cause first, the root of the chain last.
 * A circle, which the catalog refuses, ends where it closes.
 */
export function parkedChain(report: NodeReport, name: string, nowMs: number): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  let next: string | undefined = name;
  while (next !== undefined && !seen.has(next)) {
    seen.add(next);
    const entry: ReportedExtension | undefined = report.extensions.find((one) => one.name === next);
    if (entry === undefined) break;
    const { lastFailure, waitsFor, state } = entry;
    if (state === 'waiting-turn') return [...findings, ...waitingTurn(report, nowMs, next)];
    if (lastFailure !== undefined) return [...findings, failed(report, entry, lastFailure, nowMs)];
    if (waitsFor === undefined) return state === 'parked' ? [...findings, unexplained(report, entry, nowMs)] : findings;
    findings.push(waiting(report, entry, waitsFor));
    next = waitsFor;
  }
  return findings;
}

function failed(
  report: NodeReport,
  entry: ReportedExtension,
  lastFailure: NonNullable<ReportedExtension['lastFailure']>,
  nowMs: number,
): Finding {
  const { name, attempts = 0, nextAttemptAt, firstFailure, state } = entry;
  const sinceMs = byDatabase(report, entry.since);
  const cause = causeOfFailure(lastFailure.code);
  const trying = state === 'parked' ? `is parked ${since(sinceMs, nowMs)}` : `is ${state} again`;
  const tries = counted(attempts, 'attempt', 'attempts');
  const next = nextAttemptAt === undefined ? '' : `; next try ${nextTry(byDatabase(report, nextAttemptAt) - nowMs)}`;
  return {
    cause,
    node: report.node,
    extension: name,
    subject: titled(entry),
    predicate: `${trying}: ${whatFailed(lastFailure)}; ${tries}${state === 'parked' ? next : ''}`,
    sinceMs,
    attempts,
    ...(nextAttemptAt !== undefined && {
      nextAttempt: new Date(byDatabase(report, nextAttemptAt)).toISOString(),
    }),
    ...(firstFailure !== undefined && { firstFailure }),
    lastFailure,
    ...clearedBy(cause, report.node, name),
  };
}

function unexplained(report: NodeReport, entry: ReportedExtension, nowMs: number): Finding {
  const sinceMs = byDatabase(report, entry.since);
  return {
    cause: 'install-failed',
    node: report.node,
    extension: entry.name,
    subject: titled(entry),
    predicate: `is parked ${since(sinceMs, nowMs)}, and the node does not say why`,
    sinceMs,
    ...clearedBy('install-failed', report.node, entry.name),
  };
}

function waiting(report: NodeReport, entry: ReportedExtension, waitsFor: string): Finding {
  const other = report.extensions.find(({ name }) => name === waitsFor);
  const missing = other === undefined ? ', which is not there' : '';
  return {
    cause: 'dependency-parked',
    node: report.node,
    extension: entry.name,
    subject: titled(entry),
    predicate: `waits for ${waitsFor}${missing}`,
    sinceMs: byDatabase(report, entry.since),
    waitsFor,
    remedy: `clear ${waitsFor}; ${entry.name} follows by itself`,
    command: `muster why ${argument(report.node)} ${argument(waitsFor)}`,
  };
}

/** A hook's own words say what it was; anything else is named by its code as well. */
function whatFailed({ code, detail }: NonNullable<ReportedExtension['lastFailure']>): string {
  const words = quoted(detail.replace(/^[\w-]+: (?=the (?:un)?deploy hook )/, ''));
  return code.startsWith('hook-') ? words : `${words} (${code})`;
}

function nextTry(aheadMs: number): string {
  return aheadMs <= 500 ? 'now' : `in ${duration(aheadMs)}`;
}

export function titled({ name, wantedVersion, version }: ReportedExtension): string {
  if (wantedVersion !== undefined) return `${name} ${wantedVersion}`;
  return version === undefined ? `the removal of ${name}` : `the removal of ${name} ${version}`;
}

function clearedBy(cause: CauseName, node: string, extension: string): Pick<Finding, 'remedy' | 'command'> {
  const command = `muster retry ${argument(node)} ${argument(extension)}`;
  switch (cause) {
    case 'hook-failed':
      return { remedy: `mend the hook on ${node}, then retry, or roll ${extension} back`, command };
    case 'disk-full':
      return { remedy: `make room on ${node}; it is tried again by itself, or at once`, command };
    case 'package-missing':
      return { remedy: `import the zip of ${extension} again, then retry`, command };
    case 'checksum-mismatch':
      return {
        remedy: `import the zip of ${extension} again, and look at what damages it on its way, then retry`,
        command,
      };
    case 'install-failed':
      return { remedy: 'mend what failed, then retry', command };
    default:
      return {};
  }
}
