import { extensionListSchema } from '@muster/contracts';
import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import { oneLine } from '../output/plain.js';
import { bytes } from '../output/words.js';
import type { Session } from '../session.js';
import { describe } from './describe.js';

export function addList(program: Command, host: Host): void {
  describe(program, 'list', 'list the extensions that every node is to have', ['list', 'list --json'])
    .alias('ls')
    .action(act(host, list));
}

async function list(session: Session): Promise<void> {
  const { out } = session;
  const answer = await session.ask(extensionListSchema, {
    service: 'import-service',
    path: ['extensions'],
    thing: 'the list of extensions',
  });
  const rows = answer.extensions.map(({ name, version, revision, sizeBytes, description = '' }) => [
    name,
    version,
    String(revision),
    bytes(sizeBytes),
    oneLine(description),
  ]);
  out.list(
    ['EXTENSION', 'VERSION', 'REVISION', 'SIZE', 'DESCRIPTION'],
    rows,
    'Nothing is imported yet. Begin with: muster import YOUR.zip',
  );
  for (const { name } of answer.extensions) out.value(name);
  out.document(answer);
}
