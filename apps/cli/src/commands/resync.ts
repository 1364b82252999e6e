import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import { describe } from './describe.js';
import { giveOrder, withOrderOptions, type OrderOptions } from './orders.js';

export function addResync(program: Command, host: Host): void {
  const command = describe(
    program,
    'resync',
    'hash what stands on a node, put right what differs, and try what is parked',
    ['resync node-7', 'resync node-7 Autocomplete DiffViewer'],
  )
    .argument('<node>', 'the node')
    .argument('[extensions...]', 'only these; default all');
  withOrderOptions(command).action(
    act(host, (session, options: OrderOptions, node: string, extensions: readonly string[]) =>
      giveOrder(
        session,
        node,
        { kind: 'resync', ...(extensions.length > 0 && { extensions: [...extensions] }) },
        options,
      ),
    ),
  );
}
