import { nodePauseSchema } from '@muster/contracts';
import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';

export function addPause(program: Command, host: Host): void {
  describe(program, 'pause', 'hold a node in maintenance: it takes nothing, and says so', [
    'pause node-7 --reason "disk is being replaced"',
  ])
    .argument('<node>', 'the node')
    .requiredOption('--reason <text>', 'why, as everybody is told')
    .action(act(host, pause));
}

async function pause(session: Session, { reason }: { readonly reason: string }, node: string): Promise<void> {
  const answer = await suggesting(session, { node }, () =>
    session.ask(nodePauseSchema, {
      service: 'import-service',
      method: 'PUT',
      path: ['nodes', node, 'pause'],
      body: { reason },
      thing: `the pause of ${node}`,
    }),
  );
  session.out.line(`${node} is paused: it takes nothing until "muster resume ${node}".`);
  session.out.value('paused');
  session.out.document(answer);
}
