import type { Cause, Why } from '@muster/contracts';
import type { Output } from './output.js';
import { oneLine } from './plain.js';
import { count, relative } from './words.js';

/** The answer of *why* as sentences; what clears it stands below, with the command to copy. */
export function whyLines(why: Why, { out, nowMs }: { readonly out: Output; readonly nowMs: number }): string[] {
  const at = Number.isNaN(Date.parse(why.at)) ? nowMs : Date.parse(why.at);
  const { causes } = why;
  if (causes.length === 0) return [why.text];
  if (why.node !== undefined || why.ok) {
    const text = causes.reduce(withoutRemedy, why.text);
    return [text, ...causes.flatMap((cause) => causeLines(cause, text, at, out)).filter(isFirst)];
  }
  const [headline] = /^\d+ of \d+ nodes? .*? wants (?:it|them)\./.exec(why.text) ?? [];
  return [
    ...(headline === undefined ? [] : [headline]),
    ...causes.flatMap((cause) => [cause.text, ...causeLines(cause, cause.text, at, out)]),
  ];
}

/** The sentence without what clears it: that has lines of its own. */
function withoutRemedy(text: string, { remedy, command }: Cause): string {
  const start = `; to clear it: ${remedy}`;
  return text.replaceAll(`${start}: ${command ?? ''}`, '').replaceAll(start, '');
}

function isFirst(line: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(line) === index;
}

/** What the sentence has not said: the errors, the first one kept, and what clears it. */
function causeLines(cause: Cause, said: string, atMs: number, { paint }: Output): string[] {
  const { remedy, command, firstFailure, lastFailure, attempts = 0 } = cause;
  const lines: string[] = [];
  const isSaid = (detail: string) => oneLine(said).includes(oneLine(detail).replace(/^[a-z]+: /, ''));
  if (lastFailure !== undefined && !isSaid(lastFailure.detail)) {
    lines.push(`  last error, ${relative(lastFailure.at, atMs)}: ${lastFailure.code}: ${oneLine(lastFailure.detail)}`);
  }
  if (firstFailure !== undefined && firstFailure.detail !== lastFailure?.detail) {
    lines.push(
      `  first error, ${relative(firstFailure.at, atMs)}: ${firstFailure.code}: ${oneLine(firstFailure.detail)}`,
    );
  }
  if (attempts > 0 && !said.includes('attempt')) lines.push(`  ${count(attempts, 'attempt')}`);
  lines.push(`  To clear it: ${remedy}`);
  if (command !== undefined) lines.push(`    ${paint.strong(`$ ${command}`)}`);
  return lines;
}
