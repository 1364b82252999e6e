import type { ImportResult } from '@muster/contracts';
import { importResultSchema } from '@muster/contracts';
import { Option, type Command } from 'commander';
import path from 'node:path';
import { Failure, ToldFailure } from '../failure.js';
import { conclude } from '../follow/conclude.js';
import { follow } from '../follow/follow.js';
import { goalOf, tellChange, waitFor } from '../follow/after-change.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { act, type Host } from '../host.js';
import { noWaitOption, timeoutOption, type WaitOptions } from '../options.js';
import type { Session } from '../session.js';
import { failureDocument, tellFailure } from '../tell-failure.js';
import { openPackages, type PackageFile } from '../upload/package-file.js';
import { upload } from '../upload/upload.js';
import { describe } from './describe.js';
import { planFiles } from './plan-files.js';

interface ImportOptions extends WaitOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

interface Imported extends ImportResult {
  readonly file: string;
}

export function addImport(program: Command, host: Host): void {
  describe(program, 'import', 'import extension packages, in order, and wait until every node has them', [
    'import Autocomplete_1.0.38.zip',
    'import base.zip widgets.zip --no-wait',
    'import Autocomplete_1.0.38.zip --dry-run',
  ])
    .argument('<files...>', 'the zips, in the order in which they are imported')
    .addOption(new Option('--dry-run', 'only say what would happen, and every reason against it'))
    .addOption(new Option('--force', 'take the same version with other bytes'))
    .addOption(noWaitOption())
    .addOption(timeoutOption('longest wait, from the first byte to the last node'))
    .action(act(host, importFiles));
}

async function importFiles(session: Session, options: ImportOptions, files: readonly string[]): Promise<ExitCode> {
  const packages = openPackages(files, session.world.directory);
  const { force = false, dryRun = false, timeout } = options;
  if (dryRun) return planFiles(session, packages, { force, timeout });
  const deadline = session.deadline(timeout);
  const done: Imported[] = [];
  const document = (part: Record<string, unknown>) => ({ imports: done, ...part });
  for (const file of packages) {
    try {
      done.push({ file: file.given, ...(await importOne(session, file, force, deadline)) });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return stop(session, error, done, packages.length - done.length - 1, options);
    }
  }
  return waitFor(session, done.map(goalOf), { ...options, timeout: deadline.remainingMs }, document);
}

async function importOne(
  session: Session,
  file: PackageFile,
  force: boolean,
  deadline: ReturnType<Session['deadline']>,
): Promise<ImportResult> {
  session.meanwhile = `The import of ${path.basename(file.file)} was called off: it is undone unless it had been committed just then, which "muster revisions" tells.`;
  const { body, steps } = await upload(session, file, { schema: importResultSchema, query: { force }, deadline });
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
