import { recurringDrift } from '../recurring-drift.js';
import type { Heard } from '../facts.js';
import type { Finding } from './finding.js';
import { clockTime, counted, duration, quoted } from './wording.js';

/** A clock that differs by more is told of. */
export const CLOCK_SKEW_MS = 2_000;

/** What does not keep a node from what the catalog wants, and should be known all the same. */
export function remarks(node: string, heard: Heard, nowMs: number, extension?: string): Finding[] {
  const drifts = recurringDrift(heard, nowMs).filter(
    (drift) => extension === undefined || drift.extension === extension,
  );
  const recurring = drifts.map(({ extension: name, count, found, firstAtMs, lastAtMs }): Finding => ({
    cause: 'drift-recurring',
    node,
    extension: name,
    subject: name,
    predicate: `had to be put right ${counted(count, 'time', 'times')} within ${duration(nowMs - firstAtMs)}, at ${clockTime(lastAtMs, nowMs)} the last time: ${quoted(found)}`,
    sinceMs: firstAtMs,
    remedy: `find what writes into the directory of ${name} on ${node}, and stop it`,
  }));
  return [...recurring, ...clockSkew(node, heard)];
}

function clockSkew(node: string, { report, receivedAtMs }: Heard): Finding[] {
  const { clockOffsetMs = 0 } = report;
  if (Math.abs(clockOffsetMs) <= CLOCK_SKEW_MS) return [];
  const way = clockOffsetMs > 0 ? 'ahead of' : 'behind';
  const predicate = `has a clock that is ${duration(Math.abs(clockOffsetMs))} ${way} the database's`;
  const remedy = `set the clock of ${node}, and let NTP keep it`;
  return [{ cause: 'clock-skew', node, subject: node, predicate, sinceMs: receivedAtMs, remedy }];
}
