import { importResultSchema } from '@muster/contracts';
import { Option, type Command } from 'commander';
import type { ExitCode } from '../exit-code.js';
import { afterChange } from '../follow/after-change.js';
import { act, type Host } from '../host.js';
import { noWaitOption, timeoutOption, type WaitOptions } from '../options.js';
import { canAsk, confirm, needsYes } from '../output/confirm.js';
import { count } from '../output/words.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';
import { extensionDetail } from './show.js';

interface RemoveOptions extends WaitOptions {
  readonly purge?: boolean;
  readonly yes?: boolean;
}

export function addRemove(program: Command, host: Host): void {
  describe(program, 'remove', 'remove an extension from every node', [
    'remove Autocomplete',
    'remove Autocomplete --yes --no-wait',
  ])
    .argument('<name>', 'the extension')
    .addOption(new Option('--purge', 'delete its zips from the catalog too: it cannot be rolled back then'))
    .addOption(new Option('--yes', 'do not ask; needed where there is no terminal'))
    .addOption(noWaitOption())
    .addOption(timeoutOption('longest wait for the nodes'))
    .action(act(host, remove));
}

async function remove(session: Session, options: RemoveOptions, name: string): Promise<ExitCode> {
  const { purge = false, yes = false } = options;
  if (!yes) await ask(session, name, purge);
  session.meanwhile = `The removal of ${name} was called off: it is undone unless it had been committed just then, which "muster revisions" tells.`;
  const result = await suggesting(session, { extension: name }, () =>
    session.ask(importResultSchema, {
      service: 'import-service',
      method: 'DELETE',
      path: ['extensions', name],
      query: { purge: purge || undefined },
      thing: `the removal of ${name}`,
      deadline: session.deadline(options.timeout),
    }),
  );
  return afterChange(session, result, options);
}

async function ask(session: Session, name: string, purge: boolean): Promise<void> {
  if (!canAsk(session.world)) throw needsYes(`the removal of ${name}`);
  const { version, metadata } = await suggesting(session, { extension: name }, () => extensionDetail(session, name));
  const entities =
    metadata.entities.length === 0 ? '' : `, with ${count(metadata.entities.length, 'entity', 'entities')}`;
  const zips = purge ? ' Its zips are deleted: it cannot be rolled back.' : '';
  await confirm(session.world, `${name} ${version} goes from every node${entities}.${zips}`, name);
}
