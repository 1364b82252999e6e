import { Option, type Command } from 'commander';
import type { ExitCode } from '../exit-code.js';
import { act, type Host } from '../host.js';
import { canAsk, confirm, needsYes } from '../output/confirm.js';
import type { Session } from '../session.js';
import { describe } from './describe.js';
import { giveOrder, withOrderOptions, type OrderOptions } from './orders.js';

export function addAcceptCatalog(program: Command, host: Host): void {
  const command = describe(program, 'accept-catalog', 'let a forked node take this catalog for its own', [
    'accept-catalog node-7',
  ])
    .argument('<node>', 'the node')
    .addOption(new Option('--yes', 'do not ask; needed where there is no terminal'));
  withOrderOptions(command).action(act(host, accept));
}

async function accept(session: Session, options: OrderOptions, node: string): Promise<ExitCode> {
  if (options.yes !== true) {
    if (!canAsk(session.world)) throw needsYes(`accepting the catalog on ${node}`);
    const what = `${node} gives up the history that it knows: what this catalog does not have goes from its disk.`;
    await confirm(session.world, what, node);
  }
  return giveOrder(session, node, { kind: 'accept-catalog' }, options);
}
