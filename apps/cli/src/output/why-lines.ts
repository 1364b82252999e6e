import type { Cause, Why } from '@muster/contracts';
import type { Output } from './output.js';
import { oneLine } from './plain.js';
import { count, localTime, relative, span } from './words.js';

/** The answer of *why* as sentences: what holds, since when, the tries, the first error and the last, and what clears it. */
export function whyLines(why: Why, { out, nowMs }: { readonly out: Output; readonly nowMs: number }): string[] {
  const at = Number.isNaN(Date.parse(why.at)) ? nowMs : Date.parse(why.at);
  if (why.causes.length === 0) return [why.text];
  const causes = why.causes.flatMap((cause) => causeLines(cause, out, at));
  const isSaid = why.causes.some(({ text }) => oneLine(why.text).includes(oneLine(text)));
  return isSaid && !why.ok ? causes : [why.text, ...causes];
}

function causeLines(cause: Cause, { paint }: Output, atMs: number): string[] {
  const { text, remedy, command, firstFailure, lastFailure } = cause;
  const lines = [`${paint.strong(cause.cause)}: ${text}`];
  const facts = factsOf(cause, atMs);
  if (facts !== '') lines.push(`  ${paint.faint(facts)}`);
  if (lastFailure !== undefined && !oneLine(text).includes(oneLine(lastFailure.detail))) {
    lines.push(`  last error, ${relative(lastFailure.at, atMs)}: ${lastFailure.code}: ${oneLine(lastFailure.detail)}`);
  }
  if (firstFailure !== undefined && firstFailure.detail !== lastFailure?.detail) {
    lines.push(
      `  first error, ${relative(firstFailure.at, atMs)}: ${firstFailure.code}: ${oneLine(firstFailure.detail)}`,
    );
  }
  lines.push(`  To clear it: ${remedy}`);
  if (command !== undefined) lines.push(`    $ ${command}`);
  return lines;
}

function factsOf({ since, attempts, nextAttempt, waitsFor }: Cause, atMs: number): string {
  const facts = [`since ${localTime(since)} (${span(atMs - Date.parse(since))})`];
  if (waitsFor !== undefined) facts.push(`waits for ${waitsFor}`);
  if (attempts !== undefined && attempts > 0) facts.push(count(attempts, 'attempt'));
  if (nextAttempt !== undefined) {
    const isDue = Date.parse(nextAttempt) <= atMs;
    facts.push(isDue ? 'next try now' : `next try ${relative(nextAttempt, atMs)}`);
  }
  return facts.join(' · ');
}
