import { Client } from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { createDatabase } from './create-database.js';

async function rows(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('createDatabase', () => {
  it('migrates once for many databases asked for at once, and keeps them apart', async () => {
    let migrations = 0;
    const migrate = async (url: string): Promise<void> => {
      migrations += 1;
      await rows(url, 'create table thing (n int)');
    };
    const databases = await Promise.all(Array.from({ length: 4 }, () => createDatabase({ migrate, template: 'once' })));
    expect(migrations).toBe(1);
    await rows(databases[0]?.url ?? '', 'insert into thing values (1)');
    expect(await rows(databases[0]?.url ?? '', 'select n from thing')).toEqual([{ n: 1 }]);
    expect(await rows(databases[1]?.url ?? '', 'select n from thing')).toEqual([]);
    await Promise.all(databases.map((database) => database.drop()));
    const left = await rows(
      inject('postgresUrl'),
      `select datname from pg_database where datname in (${databases.map(({ name }) => `'${name}'`).join()})`,
    );
    expect(left).toEqual([]);
  });

  it('does not take a template whose migration failed for a finished one', async () => {
    const failing = (): Promise<void> => Promise.reject(new Error('no'));
    await expect(createDatabase({ migrate: failing, template: 'failing' })).rejects.toThrow('no');
    const database = await createDatabase({ migrate: (url) => rows(url, 'create table good ()'), template: 'failing' });
    expect(await rows(database.url, 'select count(*)::int from good')).toEqual([{ count: 0 }]);
    await database.drop();
  });

  it('answers URLs with another role', async () => {
    const database = await createDatabase();
    await rows(
      database.url,
      `do $$ begin create role muster_test_role nologin; exception when duplicate_object then null; end $$`,
    );
    expect(await rows(database.urlAs('muster_test_role'), 'select current_role::text')).toEqual([
      { current_role: 'muster_test_role' },
    ]);
    await database.drop();
  });
});
