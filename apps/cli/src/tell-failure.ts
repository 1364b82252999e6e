import { Failure } from './failure.js';
import { EXIT } from './exit-code.js';
import { blockerWords, packageWords } from './output/package-words.js';
import { plain } from './output/plain.js';
import { unreadyLines } from './output/readiness-lines.js';
import { span } from './output/words.js';
import type { Output } from './output/output.js';

/** The one form in which every failure is told; any other error is a bug of ours and says so. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Failure('this command', 'internal-error', plain(detail), {
    exitCode: EXIT.fault,
    happened: 'failed',
    remedy: 'That is a mistake in muster itself. With MUSTER_DEBUG=1 it shows where.',
    cause: error,
  });
}

export function tellFailure(out: Output, failure: Failure): void {
  out.error(
    `${out.paint.strong('muster:')} ${failure.thing} ${failure.happened} (${failure.code}): ${sentence(failure)}`,
  );
  const { packages = [], blockers = [], nodes = [] } = failure.options;
  // Of one package the sentence above has said it all.
  if (packages.length > 1) for (const row of packages) out.error(`  ${packageWords(row)}`);
  for (const blocker of blockers) out.error(`  ${blockerWords(blocker)}`);
  if (failure.code === 'not-all-ready') for (const line of unreadyLines(nodes, out.paint)) out.error(`  ${line}`);
  const more = [whatIsUndone(failure), whatToDo(failure)].filter((text) => text !== '');
  if (more.length > 0) out.error(more.join(' '));
}

function sentence({ code, message, limit, actual }: Failure): string {
  // Each node has a line of its own below.
  if (code === 'not-all-ready' && limit !== undefined && actual !== undefined) return `${actual} within ${limit}.`;
  const known = [
    ...(limit !== undefined && !message.includes(String(limit)) ? [`limit ${limit}`] : []),
    ...(actual !== undefined && !message.includes(String(actual))
      ? [typeof actual === 'string' && actual.includes(' ') ? actual : `here ${actual}`]
      : []),
  ];
  const text = known.length === 0 ? message : `${message} (${known.join(', ')})`;
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** A service that names what it undid left nothing behind. */
function whatIsUndone({ options: { undone = [], step, nodes } }: Failure): string {
  if (nodes !== undefined) return 'Nothing was changed anywhere.';
  const told = undone.filter((text) => !text.startsWith('the upload was removed'));
  if (told.length > 0) return `Undone: ${told.join('; ')}.`;
  return step === undefined ? '' : 'Nothing was changed.';
}

function whatToDo({ remedy = '', exitCode, options: { retryAfterSeconds } }: Failure): string {
  const text = remedy === '' || /[.!?)]$/.test(remedy) ? remedy : `${remedy}.`;
  const shown = text.charAt(0).toUpperCase() + text.slice(1);
  if (exitCode !== EXIT.later || retryAfterSeconds === undefined) return shown;
  return `${shown} Try again in ${span(retryAfterSeconds * 1_000)}.`.trim();
}

/** The failure in a JSON document. */
export function failureDocument(failure: Failure): Record<string, unknown> {
  const { thing, code, message, limit, actual, remedy, exitCode, options } = failure;
  const { retryAfterSeconds, step, undone, status, packages, blockers, nodes } = options;
  return {
    thing,
    code,
    detail: message,
    limit,
    actual,
    remedy,
    status,
    retryAfterSeconds,
    step,
    undone,
    packages,
    blockers,
    nodes,
    exitCode,
  };
}
