import { createDatabase, rawPool } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { committed, install, remove, storedPackage, upgrade } from './spec/drafts.js';
import { Catalog, migrate } from './index.js';
import type { NewPackage } from './index.js';

let database: TestDatabase;
let owner: Pool;
let catalog: Catalog;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  owner = rawPool(database.ownerUrl);
  catalog = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'versions' });
});
afterAll(async () => {
  await catalog.close();
  await owner.end();
  await database.drop();
});

it('knows every package once, and which was current before, through upgrades, returns and removals', async () => {
  const versions = ['1.0', '1.1', '1.2'];
  const packages: NewPackage[] = [];
  for (const version of versions) packages.push(await storedPackage(catalog, { name: 'Gauge', version }));
  const [one, two, three] = packages as [NewPackage, NewPackage, NewPackage];
  const before = () => catalog.versions.before('Gauge');
  expect([await before(), await catalog.versions.known('Gauge')]).toEqual([undefined, []]);
  await committed(catalog, install(one));
  expect(await before()).toBeUndefined();
  await committed(catalog, upgrade(two, one));
  expect(await before()).toBe(one.sha256);
  await committed(catalog, upgrade(three, two));
  await committed(catalog, { ...upgrade(one, three), action: 'downgrade' });
  expect(await before()).toBe(three.sha256);
  await committed(catalog, remove(one));
  expect(await before()).toBe(one.sha256);
  await committed(catalog, install(three));
  expect(await before()).toBe(one.sha256);
  await owner.query('update package set blob = null where sha256 = $1', [two.sha256]);
  const known = await catalog.versions.known('Gauge');
  expect(known.map(({ version, current, stored }) => [version, current, stored])).toEqual([
    ['1.2', true, true],
    ['1.1', false, false],
    ['1.0', false, true],
  ]);
  expect((await catalog.extensions.detail('Gauge'))?.versions).toEqual(known);
  expect(await catalog.versions.known('gauge')).toEqual([]);
});
