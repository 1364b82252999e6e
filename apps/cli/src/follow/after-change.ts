import type { ChangeResult, ImportResult } from '@muster/contracts';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { WaitOptions } from '../options.js';
import { packageWords } from '../output/package-words.js';
import { oneLine } from '../output/plain.js';
import type { Session } from '../session.js';
import { conclude } from './conclude.js';
import { follow, type Goal } from './follow.js';

const DONE: Readonly<Record<ChangeResult['action'], string>> = {
  install: 'installed',
  upgrade: 'upgraded',
  downgrade: 'downgraded',
  reinstall: 'reinstalled',
  remove: 'removed',
};

/** `Autocomplete 1.0.37 → 1.0.38   upgrade`. */
export function changeWords({ action, extension, version, previousVersion }: ChangeResult): string {
  const from = previousVersion === undefined || previousVersion === version ? '' : `${previousVersion} → `;
  return `${extension} ${from}${version}   ${action}`;
}

/** Lines for a change that is committed. */
export function tellChange(
  { out }: Session,
  { revision, changes, warnings, packages = [] }: ImportResult,
  steps = '',
): void {
  // What is left as it is, where there is more than one.
  const left =
    packages.length > 1 ? packages.filter(({ outcome }) => outcome === 'unchanged' || outcome === 'skipped') : [];
  for (const row of left) out.line(`  ${packageWords(row)}`);
  if (changes.length === 0 && left.length === 0)
    out.line(`  nothing to do: exactly these bytes are there since revision ${revision}`);
  if (changes.length === 0 && left.length > 0) out.line(`  nothing to do since revision ${revision}`);
  for (const change of changes) {
    out.line(`  ${changeWords(change)}   ${out.paint.strong(`committed as revision ${revision}`)}${steps}`);
  }
  for (const { code, detail } of warnings) out.note(`  note (${code}): ${oneLine(detail)}`);
  out.value(revision);
}

export function goalOf({ revision, changes }: ImportResult): Goal {
  const [first] = changes;
  return {
    revision,
    extensions: changes.map(({ extension }) => extension),
    done: first === undefined ? 'there' : DONE[first.action],
  };
}

/** Waits for the nodes where that is wanted, and writes the document of the whole command. */
export async function waitFor(
  session: Session,
  goals: readonly Goal[],
  { wait, timeout }: WaitOptions,
  document: (part: Record<string, unknown>) => Record<string, unknown>,
): Promise<ExitCode> {
  if (wait && goals.length > 0) {
    return conclude(session, await follow(session, goals, session.deadline(timeout)), document);
  }
  session.out.document(document({}));
  return EXIT.done;
}

/** The rest of a command that made one revision. */
export async function afterChange(session: Session, result: ImportResult, options: WaitOptions): Promise<ExitCode> {
  tellChange(session, result);
  return waitFor(session, [goalOf(result)], options, (part) => ({ ...result, ...part }));
}
