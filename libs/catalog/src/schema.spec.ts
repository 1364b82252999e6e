import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createDatabase } from '@muster/testing';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { Catalog, migrate } from './index.js';

async function runSql(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

it('migrates once when several start at once, on several databases of one server', async () => {
  const databases = await Promise.all([createDatabase(), createDatabase(), createDatabase()]);
  const runs = await Promise.all(
    databases.flatMap(({ ownerUrl }) => [migrate(ownerUrl), migrate(ownerUrl), migrate(ownerUrl)]),
  );
  const all = (await readdir(path.resolve(import.meta.dirname, '../migrations'))).length;
  for (const index of databases.keys()) {
    const counts = runs.slice(index * 3, index * 3 + 3).map((names) => names.length);
    expect(counts.sort()).toEqual([0, 0, all]);
  }
  expect(await migrate(databases[0]?.ownerUrl ?? '')).toEqual([]);
  await Promise.all(databases.map((database) => database.drop()));
});

it('gives every database an id of its own', async () => {
  const [one, two] = await Promise.all([createDatabase(), createDatabase()]);
  await Promise.all([migrate(one.ownerUrl), migrate(two.ownerUrl)]);
  const catalogs = [one, two].map(({ url }) => Catalog.connect({ url, applicationName: 'spec' }));
  const ids = await Promise.all(catalogs.map(async (catalog) => (await catalog.head()).catalogId));
  expect(new Set(ids).size).toBe(2);
  await Promise.all(catalogs.map((catalog) => catalog.close()));
  await Promise.all([one.drop(), two.drop()]);
});

it('refuses an older and a newer schema, with the remedy', async () => {
  const database = await createDatabase();
  const catalog = Catalog.connect({ url: database.url, applicationName: 'spec' });
  await expect(catalog.checkSchema()).rejects.toMatchObject({
    code: 'schema-outdated',
    remedy: expect.stringMatching(/import-service/),
  });
  await migrate(database.ownerUrl);
  await catalog.checkSchema();
  await runSql(database.url, `delete from schema_migration where name = '0005_roles'`);
  await expect(catalog.checkSchema()).rejects.toMatchObject({
    code: 'schema-outdated',
    message: expect.stringMatching(/0005_roles/),
  });
  await runSql(
    database.url,
    `insert into schema_migration (name, run_on) values ('0005_roles', now()), ('9000_future', now())`,
  );
  await expect(catalog.checkSchema()).rejects.toMatchObject({
    code: 'schema-too-new',
    message: expect.stringMatching(/9000_future/),
  });
  await catalog.close();
  await database.drop();
});

it('says that the database is away, for migrations too', async () => {
  const url = 'postgresql://127.0.0.1:1/none';
  await expect(migrate(url)).rejects.toMatchObject({ code: 'database-away' });
  const catalog = Catalog.connect({ url, applicationName: 'spec' });
  await expect(catalog.ping()).rejects.toMatchObject({
    code: 'database-away',
    remedy: expect.stringMatching(/DATABASE_URL/),
  });
  await catalog.close();
});
