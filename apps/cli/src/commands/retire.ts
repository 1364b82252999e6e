import { nodeRetiredSchema } from '@muster/contracts';
import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';

export function addRetire(program: Command, host: Host): void {
  describe(program, 'retire', 'no longer expect a node that has been stopped; one that comes back is welcomed', [
    'retire node-7',
  ])
    .argument('<node>', 'the node')
    .action(act(host, retire));
}

async function retire(session: Session, _options: object, node: string): Promise<void> {
  const answer = await suggesting(session, { node }, () =>
    session.ask(nodeRetiredSchema, {
      service: 'import-service',
      method: 'DELETE',
      path: ['nodes', node],
      thing: `retiring ${node}`,
    }),
  );
  session.out.line(`${node} is no longer expected. Its agent only has to start to be expected again.`);
  session.out.value('retired');
  session.out.document(answer);
}
