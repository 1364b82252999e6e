import { nodePauseSchema } from '@muster/contracts';
import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';

export function addResume(program: Command, host: Host): void {
  describe(program, 'resume', 'let a paused node go on: it takes what it missed', ['resume node-7'])
    .argument('<node>', 'the node')
    .action(act(host, resume));
}

async function resume(session: Session, _options: object, node: string): Promise<void> {
  const answer = await suggesting(session, { node }, () =>
    session.ask(nodePauseSchema, {
      service: 'import-service',
      method: 'DELETE',
      path: ['nodes', node, 'pause'],
      thing: `resuming ${node}`,
    }),
  );
  session.out.line(`${node} goes on, and takes what it missed. "muster wait --nodes ${node}" waits for it.`);
  session.out.value('resumed');
  session.out.document(answer);
}
