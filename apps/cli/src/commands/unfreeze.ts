import { freezeSchema } from '@muster/contracts';
import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import type { Session } from '../session.js';
import { describe } from './describe.js';

export function addUnfreeze(program: Command, host: Host): void {
  describe(program, 'unfreeze', 'take imports, removals and roll backs again', ['unfreeze']).action(
    act(host, unfreeze),
  );
}

async function unfreeze(session: Session): Promise<void> {
  const answer = await session.ask(freezeSchema, {
    service: 'import-service',
    method: 'DELETE',
    path: ['freeze'],
    thing: 'the end of the freeze',
  });
  session.out.line('Imports, removals and roll backs are taken again.');
  session.out.value('unfrozen');
  session.out.document(answer);
}
