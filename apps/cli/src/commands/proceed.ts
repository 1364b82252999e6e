import { proceedSchema } from '@muster/contracts';
import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';

export function addProceed(program: Command, host: Host): void {
  describe(program, 'proceed', 'let nodes go on with an extension whose hook has failed on another node', [
    'proceed MyWidgets',
  ])
    .argument('<extension>', 'the extension')
    .action(act(host, proceed));
}

async function proceed(session: Session, _options: object, extension: string): Promise<void> {
  const answer = await suggesting(session, { extension }, () =>
    session.ask(proceedSchema, {
      service: 'import-service',
      method: 'POST',
      path: ['extensions', extension, 'proceed'],
      thing: `going on with ${extension}`,
    }),
  );
  const { nodes } = answer;
  if (nodes.length === 0) session.out.line(`Nothing keeps ${extension} from any node.`);
  else session.out.line(`The other nodes go on with ${extension}, in turn, though it failed on ${nodes.join(', ')}.`);
  session.out.value(nodes.join(','));
  session.out.document(answer);
}
