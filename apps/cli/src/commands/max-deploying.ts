import { maxDeployingSchema } from '@muster/contracts';
import { InvalidArgumentError, type Command } from 'commander';
import { act, type Host } from '../host.js';
import type { Session } from '../session.js';
import { describe } from './describe.js';

export function addMaxDeploying(program: Command, host: Host): void {
  describe(program, 'max-deploying', 'show or set how many nodes may run deploy hooks at the same time', [
    'max-deploying',
    'max-deploying 2',
    'max-deploying default',
  ])
    .argument('[nodes]', 'a number from 1, or "default"', parseNodes)
    .action(act(host, maxDeploying));
}

function parseNodes(text: string): number | 'default' {
  if (text === 'default') return text;
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1)
    throw new InvalidArgumentError('It is a number from 1, or "default".');
  return Number(text);
}

async function maxDeploying(session: Session, _options: object, wanted?: number | 'default'): Promise<void> {
  const method = wanted === undefined ? 'GET' : wanted === 'default' ? 'DELETE' : 'PUT';
  const answer = await session.ask(maxDeployingSchema, {
    service: 'import-service',
    method,
    path: ['settings', 'max-deploying'],
    ...(typeof wanted === 'number' && { body: { maxDeploying: wanted } }),
    thing: 'how many nodes run hooks at once',
  });
  const { set } = answer;
  const by = set === undefined ? 'the default' : `set by ${set.actor} at ${set.at}`;
  const nodes = answer.maxDeploying === 1 ? 'one node runs' : `${answer.maxDeploying} nodes run`;
  session.out.line(`At most ${nodes} deploy hooks at the same time (${by}).`);
  session.out.value(String(answer.maxDeploying));
  session.out.document(answer);
}
