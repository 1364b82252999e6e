import type { Command } from 'commander';
import type { ExitCode } from '../exit-code.js';
import { act, type Host } from '../host.js';
import { timeoutOption } from '../options.js';
import type { Session } from '../session.js';
import { openPackages } from '../upload/package-file.js';
import { describe } from './describe.js';
import { uploadsOf } from '../upload/upload.js';
import { planFiles } from './plan-files.js';
import {
  allowDowngradeOption,
  forceOption,
  partialOption,
  togetherOption,
  type VersionOptions,
} from './version-options.js';

export function addValidate(program: Command, host: Host): void {
  describe(program, 'validate', 'check packages, and say whether the cluster would take them; nothing is changed', [
    'validate Autocomplete_1.0.38.zip',
    'validate *.zip --json',
    'validate *.zip --together',
  ])
    .argument('<files...>', 'the zips, each against the cluster as it is now')
    .addOption(togetherOption())
    .addOption(forceOption())
    .addOption(allowDowngradeOption())
    .addOption(partialOption())
    .addOption(timeoutOption('longest wait for all answers'))
    .action(act(host, validate));
}

async function validate(
  session: Session,
  options: VersionOptions & { readonly together?: boolean; readonly timeout: number },
  files: readonly string[],
): Promise<ExitCode> {
  session.meanwhile = 'Nothing was changed: a check changes nothing.';
  const packages = openPackages(files, session.world.directory);
  return planFiles(session, uploadsOf(packages, options.together === true), options);
}
