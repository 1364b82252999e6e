import { createDatabase, rawPool } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Catalog, migrate } from './index.js';

const DAY_MS = 86_400_000;

let database: TestDatabase;
let owner: Pool;
let catalog: Catalog;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  owner = rawPool(database.ownerUrl);
  catalog = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'old records' });
});
afterAll(async () => {
  await catalog.close();
  await owner.end();
  await database.drop();
});

it('forgets what nodes did and who was refused when it is old, in steps, and keeps orders and audit', async () => {
  await owner.query(`
    insert into node_action (node, instance, seq, extension, kind, action, outcome, detector, started_at, at)
      select 'node-1', 'i', n, 'X', 'wanted-change', 'install', 'done', 'event', now(), now() - n * interval '1 day'
      from generate_series(1, 20) n;
    insert into node_refusal (node, code, claimant, detail, at)
      select 'node-1', 'storage-in-use', 'claimant ' || n, 'd', now() - n * interval '1 day' from generate_series(1, 20) n;
    insert into node_order (node, kind, detail, actor, created_at, expires_at, done_at)
      values ('node-1', 'retry', '{}', 'a', now() - interval '1 year', now() - interval '1 year', now() - interval '1 year');
    insert into audit (actor, action, outcome, at) values ('a', 'import', 'ok', now() - interval '1 year')`);
  const both = await Promise.all([1, 2].map(() => catalog.oldRecords.forget({ olderThanMs: 9.5 * DAY_MS, limit: 3 })));
  const again = await catalog.oldRecords.forget({ olderThanMs: 9.5 * DAY_MS, limit: 3 });
  const sum = (of: 'actions' | 'refusals') => [...both, again].reduce((total, one) => total + one[of], 0);
  expect([sum('actions'), sum('refusals')]).toEqual([11, 11]);
  const { rows } = await owner.query(`
    select (select max(seq)::int from node_action) as action, (select count(*)::int from node_refusal) as refusals,
      (select count(*)::int from node_order) as orders, (select count(*)::int from audit) as audit`);
  expect(rows).toEqual([{ action: 9, refusals: 9, orders: 1, audit: 1 }]);
});
