import type { OrderRequest } from '@muster/contracts';
import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import { describe } from './describe.js';
import { giveOrder, withOrderOptions, type OrderOptions } from './orders.js';

/** A command that orders one node to do something with some of its extensions, or with all. */
function nodeOrder(kind: OrderRequest['kind'], purpose: string, examples: readonly string[]) {
  return (program: Command, host: Host): void => {
    const command = describe(program, kind, purpose, examples)
      .argument('<node>', 'the node')
      .argument('[extensions...]', 'only these; default all');
    withOrderOptions(command).action(
      act(host, (session, options: OrderOptions, node: string, extensions: readonly string[]) =>
        giveOrder(session, node, { kind, ...(extensions.length > 0 && { extensions: [...extensions] }) }, options),
      ),
    );
  };
}

export const addRetry = nodeOrder('retry', 'try at once what is parked on a node', [
  'retry node-7',
  'retry node-7 Autocomplete',
]);

export const addResync = nodeOrder(
  'resync',
  'hash what stands on a node, put right what differs, and try what is parked',
  ['resync node-7', 'resync node-7 Autocomplete DiffViewer'],
);

export const addVerify = nodeOrder('verify', 'hash what stands on a node, and say what differs', ['verify node-7']);
