import type { ImportResult } from '@muster/contracts';
import { importResultSchema } from '@muster/contracts';
import { Option, type Command } from 'commander';
import type { Deadline } from '../deadline.js';
import { Failure, ToldFailure } from '../failure.js';
import { conclude } from '../follow/conclude.js';
import { follow } from '../follow/follow.js';
import { goalOf, tellChange, waitFor } from '../follow/after-change.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { act, type Host } from '../host.js';
import { noWaitOption, timeoutOption, type WaitOptions } from '../options.js';
import { activateTogether } from '../proposal/activate-together.js';
import type { Session } from '../session.js';
import { failureDocument, tellFailure } from '../tell-failure.js';
import { openPackages } from '../upload/package-file.js';
import { namesOf, thingOf, upload, uploadsOf, type Upload } from '../upload/upload.js';
import { activateOption, readyWithin, readyWithinOption, type ActivateOptions } from './activate-options.js';
import { describe } from './describe.js';
import { planFiles } from './plan-files.js';
import {
  allowDowngradeOption,
  forceOption,
  partialOption,
  queryOf,
  togetherOption,
  type VersionOptions,
} from './version-options.js';

interface ImportOptions extends WaitOptions, VersionOptions, ActivateOptions {
  readonly dryRun?: boolean;
  readonly together?: boolean;
}

type Imported = ImportResult & ReturnType<typeof namesOf>;

export function addImport(program: Command, host: Host): void {
  describe(program, 'import', 'import extension packages, in order, and wait until every node has them', [
    'import Autocomplete_1.0.38.zip',
    'import base.zip widgets.zip --no-wait',
    'import base.zip widgets.zip --together',
    'import Autocomplete_1.0.38.zip --activate together --deadline 2m',
    'import Autocomplete_1.0.38.zip --dry-run',
  ])
    .argument('<files...>', 'the zips, in the order in which they are imported; a zip of zips is one revision')
    .addOption(new Option('--dry-run', 'only say what would happen, and every reason against it'))
    .addOption(togetherOption())
    .addOption(activateOption())
    .addOption(readyWithinOption())
    .addOption(forceOption())
    .addOption(allowDowngradeOption())
    .addOption(partialOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption('longest wait, from the first byte to the last node; --deadline is added to it'))
    .action(act(host, importFiles));
}

async function importFiles(session: Session, options: ImportOptions, files: readonly string[]): Promise<ExitCode> {
  const packages = openPackages(files, session.world.directory);
  const { dryRun = false, together = false, timeout } = options;
  const readyWithinMs = readyWithin(options);
  const uploads = uploadsOf(packages, together);
  if (dryRun) return planFiles(session, uploads, options);
  const deadline = session.deadline(timeout + uploads.length * (readyWithinMs ?? 0));
  const done: Imported[] = [];
  const document = (part: Record<string, unknown>) => ({ imports: done, ...part });
  for (const one of uploads) {
    try {
      const body = await importOne(session, one, { query: () => queryOf(options), deadline, readyWithinMs });
      done.push({ ...namesOf(one), ...body });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return stop(session, error, done, uploads.length - done.length - 1, options);
    }
  }
  return waitFor(session, done.map(goalOf), { ...options, timeout: deadline.remainingMs }, document);
}

interface OneImport {
  readonly query: () => ReturnType<typeof queryOf>;
  readonly deadline: Deadline;
  /** Where all nodes are to get ready first. */
  readonly readyWithinMs: number | undefined;
}

async function importOne(
  session: Session,
  files: Upload,
  { query, deadline, readyWithinMs }: OneImport,
): Promise<ImportResult> {
  session.meanwhile = `The import of ${thingOf(files)} was called off: it is undone unless it had been committed just then, which "muster revisions" tells.`;
  const { body, steps } =
    readyWithinMs === undefined
      ? await upload(session, files, { schema: importResultSchema, query, deadline })
      : await activateTogether(session, files, { query, deadline, readyWithinMs });
  tellChange(session, body, session.out.paint.faint(steps));
  return body;
}

/** One was refused: those behind it stay where they are, those before it are committed and are followed to their end. */
async function stop(
  session: Session,
  failure: Failure,
  done: readonly Imported[],
  left: number,
  { wait, timeout }: WaitOptions,
): Promise<ExitCode> {
  const { out } = session;
  if (left > 0) out.note(`  ${left} more ${left === 1 ? 'file was' : 'files were'} not imported`);
  const document = (part: Record<string, unknown>) => ({ imports: done, ...part, error: failureDocument(failure) });
  if (!wait || done.length === 0) {
    out.document(document({}));
    throw new ToldFailure(failure);
  }
  tellFailure(out, failure);
  try {
    await conclude(session, await follow(session, done.map(goalOf), session.deadline(timeout)), document);
  } catch (error) {
    if (!(error instanceof ToldFailure)) throw error;
    tellFailure(out, error);
  }
  return failure.exitCode === EXIT.done ? EXIT.refused : failure.exitCode;
}
