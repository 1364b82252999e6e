import { importResultSchema, removalPlanSchema } from '@muster/contracts';
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

const PLAN_TIMEOUT_MS = 30_000;

interface RemoveOptions extends WaitOptions {
  readonly purge?: boolean;
  readonly cascade?: boolean;
  readonly yes?: boolean;
}

export function addRemove(program: Command, host: Host): void {
  describe(program, 'remove', 'remove an extension from every node', [
    'remove Autocomplete',
    'remove Autocomplete --yes --no-wait',
    'remove Base --cascade',
  ])
    .argument('<name>', 'the extension')
    .addOption(new Option('--purge', 'delete its zips from the catalog too: it cannot be rolled back then'))
    .addOption(new Option('--cascade', 'remove all that need it, too, as one revision'))
    .addOption(new Option('--yes', 'do not ask; needed where there is no terminal'))
    .addOption(noWaitOption())
    .addOption(timeoutOption('longest wait for the nodes'))
    .action(act(host, remove));
}

async function remove(session: Session, options: RemoveOptions, name: string): Promise<ExitCode> {
  const { purge = false, cascade = false, yes = false } = options;
  if (!yes) await ask(session, name, { purge, cascade });
  session.meanwhile = `The removal of ${name} was called off: it is undone unless it had been committed just then, which "muster revisions" tells.`;
  const result = await suggesting(session, { extension: name }, () =>
    session.ask(importResultSchema, {
      service: 'import-service',
      method: 'DELETE',
      path: ['extensions', name],
      query: { purge: purge || undefined, cascade: cascade || undefined },
      thing: `the removal of ${name}`,
      deadline: session.deadline(options.timeout),
    }),
  );
  return afterChange(session, result, options);
}

async function ask(session: Session, name: string, options: { purge: boolean; cascade: boolean }): Promise<void> {
  if (!canAsk(session.world)) throw needsYes(`the removal of ${name}`);
  const going = options.cascade ? await allThatGoes(session, name) : await itself(session, name);
  const zips = options.purge ? ' The zips are deleted: nothing of it can be rolled back.' : '';
  await confirm(session.world, `${going}.${zips}`, name);
}

async function itself(session: Session, name: string): Promise<string> {
  const { version, metadata } = await suggesting(session, { extension: name }, () => extensionDetail(session, name));
  return `${name} ${version} goes from every node${withEntities(metadata.entities.length)}`;
}

async function allThatGoes(session: Session, name: string): Promise<string> {
  const { changes, entitiesRemoved } = await suggesting(session, { extension: name }, () =>
    session.ask(removalPlanSchema, {
      service: 'import-service',
      method: 'DELETE',
      path: ['extensions', name],
      query: { dryRun: true, cascade: true },
      thing: `the removal of ${name}`,
      deadline: session.deadline(PLAN_TIMEOUT_MS),
      repeatable: true,
    }),
  );
  const list = changes.map(({ extension, version }) => `${extension} ${version}`).join(', ');
  return `${count(changes.length, 'extension')} ${changes.length === 1 ? 'goes' : 'go'} from every node, in this order: ${list}${withEntities(entitiesRemoved.length)}`;
}

function withEntities(amount: number): string {
  return amount === 0 ? '' : `, with ${count(amount, 'entity', 'entities')}`;
}
