import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import { describe } from './describe.js';
import { giveOrder, withOrderOptions, type OrderOptions } from './orders.js';

export function addVerify(program: Command, host: Host): void {
  const command = describe(program, 'verify', 'hash what stands on a node, and say what differs', ['verify node-7'])
    .argument('<node>', 'the node')
    .argument('[extensions...]', 'only these; default all');
  withOrderOptions(command).action(
    act(host, (session, options: OrderOptions, node: string, extensions: readonly string[]) =>
      giveOrder(
        session,
        node,
        { kind: 'verify', ...(extensions.length > 0 && { extensions: [...extensions] }) },
        options,
      ),
    ),
  );
}
