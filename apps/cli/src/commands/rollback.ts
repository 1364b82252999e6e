import { importResultSchema } from '@muster/contracts';
import { Option, type Command } from 'commander';
import type { ExitCode } from '../exit-code.js';
import { afterChange } from '../follow/after-change.js';
import { act, type Host } from '../host.js';
import { noWaitOption, timeoutOption, type WaitOptions } from '../options.js';
import { canAsk, confirm } from '../output/confirm.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';
import { extensionDetail } from './show.js';

interface RollbackOptions extends WaitOptions {
  readonly sha256?: string;
  readonly yes?: boolean;
}

export function addRollback(program: Command, host: Host): void {
  describe(program, 'rollback', 'bring an earlier package of an extension back, everywhere, as a new revision', [
    'rollback Autocomplete 1.0.37',
    'rollback Autocomplete            to the one before',
  ])
    .argument('<name>', 'the extension')
    .argument('[version]', 'the version; without it, the one before')
    .addOption(new Option('--sha256 <digest>', 'of the zip, where one version was imported with several contents'))
    .addOption(new Option('--yes', 'do not ask; without a terminal nobody is asked'))
    .addOption(noWaitOption())
    .addOption(timeoutOption('longest wait for the nodes'))
    .action(act(host, rollback));
}

async function rollback(session: Session, options: RollbackOptions, name: string, version?: string): Promise<ExitCode> {
  if (options.yes !== true && canAsk(session.world)) await ask(session, name, version ?? options.sha256);
  session.meanwhile = `The roll back of ${name} was called off: it is undone unless it had been committed just then, which "muster revisions" tells.`;
  const result = await suggesting(session, { extension: name }, () =>
    session.ask(importResultSchema, {
      service: 'import-service',
      method: 'POST',
      path: ['extensions', name, 'rollback'],
      body: {
        ...(version !== undefined && { version }),
        ...(options.sha256 !== undefined && { sha256: options.sha256 }),
      },
      thing: `the roll back of ${name}`,
      deadline: session.deadline(options.timeout),
    }),
  );
  return afterChange(session, result, options);
}

/** `target`: a version or a digest; without it, what was there before the latest change. */
async function ask(session: Session, name: string, target: string | undefined): Promise<void> {
  const detail = await suggesting(session, { extension: name }, () => extensionDetail(session, name));
  const before = detail.history[0]?.previousVersion ?? 'the package before';
  await confirm(session.world, `${name} goes from ${detail.version} to ${target ?? before} on every node. Go on?`);
}
