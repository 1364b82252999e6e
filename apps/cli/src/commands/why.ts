import { whySchema } from '@muster/contracts';
import { Option, type Command } from 'commander';
import { act, type Host } from '../host.js';
import { wholeNumber } from '../options.js';
import { whyLines } from '../output/why-lines.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';

export function addWhy(program: Command, host: Host): void {
  describe(program, 'why', 'what keeps a node, or an extension on it, from what is wanted, and what clears it', [
    'why                          everything that is not as it should be',
    'why node-7 Autocomplete',
    'why --revision 128',
  ])
    .argument('[node]', 'the node')
    .argument('[extension]', 'the extension on it')
    .addOption(new Option('--revision <number>', 'why this one is not there').argParser(wholeNumber(0)))
    .action(act(host, why));
}

async function why(
  session: Session,
  { revision }: { readonly revision?: number },
  node?: string,
  extension?: string,
): Promise<void> {
  const answer = await suggesting(session, { node, extension }, () =>
    session.ask(whySchema, {
      service: 'status-service',
      path: ['why'],
      query: { node, extension, revision },
      thing: 'the question why',
    }),
  );
  const { out } = session;
  out.lines(whyLines(answer, session));
  for (const { cause } of answer.causes) out.value(cause);
  out.document(answer);
}
