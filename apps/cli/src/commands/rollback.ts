import { importResultSchema, type ExtensionDetail } from '@muster/contracts';
import { Option, type Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-code.js';
import { Failure } from '../failure.js';
import { afterChange } from '../follow/after-change.js';
import { act, type Host } from '../host.js';
import { nearest } from '../nearest.js';
import { noWaitOption, timeoutOption, type WaitOptions } from '../options.js';
import { canAsk, confirm } from '../output/confirm.js';
import { names } from '../output/words.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';
import { extensionDetail } from './show.js';

interface RollbackOptions extends WaitOptions {
  readonly yes?: boolean;
}

export function addRollback(program: Command, host: Host): void {
  describe(program, 'rollback', 'bring an earlier package of an extension back, everywhere, as a new revision', [
    'rollback Autocomplete 1.0.37',
    'rollback Autocomplete            to the one before',
  ])
    .argument('<name>', 'the extension')
    .argument('[version]', 'the version; without it, the one before')
    .addOption(new Option('--yes', 'do not ask; without a terminal nobody is asked'))
    .addOption(noWaitOption())
    .addOption(timeoutOption('longest wait for the nodes'))
    .action(act(host, rollback));
}

async function rollback(session: Session, options: RollbackOptions, name: string, version?: string): Promise<ExitCode> {
  if (options.yes !== true && canAsk(session.world)) await ask(session, name, version);
  session.meanwhile = `The roll back of ${name} was called off: it is undone unless it had been committed just then, which "muster revisions" tells.`;
  const result = await suggesting(session, { extension: name }, () =>
    session.ask(importResultSchema, {
      service: 'import-service',
      method: 'POST',
      path: ['extensions', name, 'rollback'],
      body: { ...(version !== undefined && { version }) },
      thing: `the roll back of ${name}`,
      deadline: session.deadline(options.timeout),
    }),
  );
  return afterChange(session, result, options);
}

async function ask(session: Session, name: string, version: string | undefined): Promise<void> {
  const detail = await suggesting(session, { extension: name }, () => extensionDetail(session, name));
  if (version !== undefined) requireVersion(detail, version);
  const target = version ?? 'the version before';
  await confirm(session.world, `${name} goes from ${detail.version} to ${target} on every node. Go on?`);
}

function requireVersion({ name, versions }: ExtensionDetail, version: string): void {
  const known = versions.filter(({ stored }) => stored).map((entry) => entry.version);
  if (known.length === 0 || known.includes(version)) return;
  const near = nearest(version, known);
  const hint = near === undefined ? '' : `Did you mean ${near}? `;
  throw new Failure(`the roll back of ${name}`, 'version-unknown', `the catalog has no zip of ${name} ${version}`, {
    exitCode: EXIT.refused,
    remedy: `${hint}It has ${names(known)}.`,
  });
}
