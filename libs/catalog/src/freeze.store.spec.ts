import { createDatabase, rawPool, waitFor } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { commit, committed, draftOf, install, installed, remove, SCALE, storedPackage } from './spec/drafts.js';
import { emptyCatalog } from './spec/empty-catalog.js';
import { Catalog, migrate } from './index.js';

let database: TestDatabase;
let owner: Pool;
let catalog: Catalog;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  owner = rawPool(database.ownerUrl);
  catalog = Catalog.connect({
    url: database.urlAs('muster_importer'),
    applicationName: 'freezer',
    lockTimeoutMs: 60_000,
  });
});
beforeEach(async () => {
  await emptyCatalog(owner);
  await owner.query('delete from catalog_freeze');
});
afterAll(async () => {
  await catalog.close();
  await owner.end();
  await database.drop();
});

const hold = { reason: 'closing of the month', actor: 'anna' };

it('is told with its reason; set again it keeps since when; ended twice it stays ended', async () => {
  expect(await catalog.freeze.current()).toBeUndefined();
  const first = await catalog.freeze.freeze(hold);
  expect(first).toMatchObject(hold);
  const second = await catalog.freeze.freeze({ reason: 'audit', actor: 'bert' });
  expect(second).toEqual({ since: first.since, reason: 'audit', actor: 'bert' });
  expect(await catalog.freeze.current()).toEqual(second);
  expect(await catalog.freeze.unfreeze()).toEqual(second);
  expect(await catalog.freeze.unfreeze()).toBeUndefined();
});

it('keeps off every commit, and says who, since when and why', async () => {
  const there = await installed(catalog, { name: 'There' });
  const { since } = await catalog.freeze.freeze(hold);
  for (const change of [remove(there), install(await storedPackage(catalog, { name: 'New' }))]) {
    const refused = await commit(catalog, change);
    expect(refused).toMatchObject({ ok: false, code: 'frozen', remedy: expect.stringContaining('DELETE /freeze') });
    for (const told of ['anna', since, 'closing of the month'])
      expect(refused).toHaveProperty('detail', expect.stringContaining(told));
  }
  expect((await catalog.head()).revision).toBe(1);
  await catalog.freeze.unfreeze();
  expect(await commit(catalog, remove(there))).toMatchObject({ ok: true, revision: 2 });
});

it('does not deny a commit that came through before it', async () => {
  const draft = draftOf(install(await storedPackage(catalog, { name: 'Unsure' })));
  expect(await catalog.revisions.commit(draft)).toMatchObject({ ok: true, revision: 1 });
  await catalog.freeze.freeze(hold);
  expect(await catalog.revisions.commit(draft)).toMatchObject({ ok: true, revision: 1 });
});

it('waits for the commit that is under way, and says so when that does not end', async () => {
  const other = await owner.connect();
  const hasty = Catalog.connect({
    url: database.urlAs('muster_importer'),
    applicationName: 'hasty',
    lockTimeoutMs: 100,
  });
  try {
    await other.query(`begin; select pg_advisory_xact_lock(${0x4d7573746572})`);
    await expect(hasty.freeze.freeze(hold)).rejects.toMatchObject({ code: 'lock-timeout' });
    const freezing = catalog.freeze.freeze(hold);
    await waitFor(
      async () => (await owner.query("select from pg_locks where locktype = 'advisory' and not granted")).rowCount,
      {
        what: 'a freeze that waits',
        everyMs: 5,
      },
    );
    expect(await catalog.freeze.current()).toBeUndefined();
    await other.query('rollback');
    expect(await freezing).toMatchObject(hold);
  } finally {
    other.release();
    await hasty.close();
  }
});

it('once answered, is passed by no commit', async () => {
  for (let round = 0; round < 15 * SCALE; round += 1) {
    await catalog.freeze.unfreeze();
    const writer = async (name: string): Promise<number> => {
      let last = 0;
      for (let count = 0; count < 50; count += 1) {
        const one = await storedPackage(catalog, { name: `${name}-${round}-${count}` });
        const result = await commit(catalog, install(one));
        if (result.ok) last = result.revision;
        else if (result.code === 'frozen') return last;
      }
      return last;
    };
    const writers = [writer('a'), writer('b'), writer('c')];
    await committed(catalog, install(await storedPackage(catalog, { name: `start-${round}` })));
    await catalog.freeze.freeze(hold);
    const answered = (await catalog.head()).revision;
    const last = Math.max(...(await Promise.all(writers)));
    expect([(await catalog.head()).revision, last <= answered]).toEqual([answered, true]);
  }
});
