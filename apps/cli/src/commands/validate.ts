import type { Command } from 'commander';
import type { ExitCode } from '../exit-code.js';
import { act, type Host } from '../host.js';
import { timeoutOption } from '../options.js';
import type { Session } from '../session.js';
import { openPackages } from '../upload/package-file.js';
import { describe } from './describe.js';
import { planFiles } from './plan-files.js';

export function addValidate(program: Command, host: Host): void {
  describe(program, 'validate', 'check packages, and say whether the cluster would take them; nothing is changed', [
    'validate Autocomplete_1.0.38.zip',
    'validate *.zip --json',
  ])
    .argument('<files...>', 'the zips, each against the cluster as it is now')
    .option('--force', 'as if the same version with other bytes were meant')
    .addOption(timeoutOption('longest wait for all answers'))
    .action(act(host, validate));
}

async function validate(
  session: Session,
  { force = false, timeout }: { readonly force?: boolean; readonly timeout: number },
  files: readonly string[],
): Promise<ExitCode> {
  session.meanwhile = 'Nothing was changed: a check changes nothing.';
  return planFiles(session, openPackages(files, session.world.directory), { force, timeout });
}
