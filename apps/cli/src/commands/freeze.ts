import { freezeSchema } from '@muster/contracts';
import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import type { Session } from '../session.js';
import { describe } from './describe.js';

export function addFreeze(program: Command, host: Host): void {
  describe(program, 'freeze', 'take no import, removal or roll back; the refusal repeats the reason', [
    'freeze --reason "release day, ask ana"',
  ])
    .requiredOption('--reason <text>', 'why, as everybody is told')
    .action(act(host, freeze));
}

async function freeze(session: Session, { reason }: { readonly reason: string }): Promise<void> {
  const answer = await session.ask(freezeSchema, {
    service: 'import-service',
    method: 'PUT',
    path: ['freeze'],
    body: { reason },
    thing: 'the freeze',
  });
  session.out.line('Frozen: nothing is imported, removed or rolled back until "muster unfreeze".');
  session.out.value('frozen');
  session.out.document(answer);
}
