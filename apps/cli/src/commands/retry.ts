import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import { describe } from './describe.js';
import { giveOrder, withOrderOptions, type OrderOptions } from './orders.js';

export function addRetry(program: Command, host: Host): void {
  const command = describe(program, 'retry', 'try at once what is parked on a node', [
    'retry node-7',
    'retry node-7 Autocomplete',
  ])
    .argument('<node>', 'the node')
    .argument('[extensions...]', 'only these; default all');
  withOrderOptions(command).action(
    act(host, (session, options: OrderOptions, node: string, extensions: readonly string[]) =>
      giveOrder(
        session,
        node,
        { kind: 'retry', ...(extensions.length > 0 && { extensions: [...extensions] }) },
        options,
      ),
    ),
  );
}
