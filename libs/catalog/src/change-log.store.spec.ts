import { createDatabase } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ChangeLogQuery } from './change-log.store.js';
import { Catalog, migrate } from './index.js';

let database: TestDatabase;
let catalog: Catalog;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  catalog = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'log' });
  const entry = { actor: 'ann', source: '127.0.0.1' };
  const { audit } = catalog;
  await audit.append({
    ...entry,
    action: 'import',
    subject: 'A',
    outcome: 'ok',
    revision: 7,
    detail: { requestId: 'r1' },
  });
  await audit.append({ ...entry, action: 'import', subject: 'A', outcome: 'unchanged' });
  await audit.append({
    ...entry,
    action: 'import',
    subject: 'A',
    outcome: 'version-exists',
    detail: { detail: 'other [bytes]' },
  });
  await audit.append({
    ...entry,
    action: 'import',
    subject: 'A',
    outcome: 'version-lower',
    detail: { detail: '1.1 is' },
  });
  await audit.append({
    ...entry,
    actor: 'bob',
    action: 'validate',
    outcome: 'zip-slip',
    detail: { detail: 'a path leads out' },
  });
  await audit.append({ ...entry, action: 'remove', subject: 'B', outcome: 'internal-error' });
  await audit.append({ ...entry, action: 'freeze', outcome: 'ok' });
});
afterAll(async () => {
  await catalog.close();
  await database.drop();
});

const ALL = { levels: ['INFO', 'WARN', 'ERROR'], oldestFirst: true, limit: 100 } as const;

async function contents(query: Partial<ChangeLogQuery> = {}): Promise<string[]> {
  return (await catalog.changeLog.lines({ ...ALL, ...query })).map(({ level, content }) => `${level} ${content}`);
}

const LINES = [
  'INFO import A: ok in revision 7',
  'INFO import A: unchanged',
  'WARN Extension Exception: import A: other [bytes] [version-exists]',
  'ERROR Extension Exception: import A: A newer version of A is already installed: 1.1 is [version-lower]',
  'ERROR Extension Exception: validate a path leads out [zip-slip]',
  'ERROR Extension Exception: remove B: internal-error [internal-error]',
];

it('tells of every attempt at a change, and of nothing else', async () => {
  expect(await contents()).toEqual(LINES);
  expect(await contents({ oldestFirst: false })).toEqual(LINES.toReversed());
  const [first] = await catalog.changeLog.lines({ ...ALL, limit: 1 });
  expect(first).toMatchObject({ actor: 'ann', subject: 'A', source: '127.0.0.1', requestId: 'r1', action: 'import' });
});

it.each<[Partial<ChangeLogQuery>, readonly number[]]>([
  [{ limit: 2 }, [0, 1]],
  [{ levels: ['WARN'] }, [2]],
  [{ actor: 'bob' }, [4]],
  [{ subject: 'B' }, [5]],
  [{ requestId: 'r1' }, [0]],
  [{ text: 'OTHER [BYTES]' }, [2]],
  [{ text: '%' }, []],
  [{ pattern: '^(?:.*\\[bytes\\].*)$' }, [2]],
  [{ pattern: '^(?:bytes)$' }, []],
  [{ since: new Date(Date.now() + 3_600_000) }, []],
  [{ until: new Date(0) }, []],
])('%j', async (query, found) => expect(await contents(query)).toEqual(found.map((index) => LINES[index])));

it('refuses a pattern that is none', async () => {
  await expect(contents({ pattern: '[' })).rejects.toMatchObject({ code: 'pattern-invalid' });
});
