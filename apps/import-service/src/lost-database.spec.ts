import { migrate } from '@muster/catalog';
import type { ExtensionList } from '@muster/contracts';
import { FaultProxy, buildPackage, createDatabase, waitFor, type TestDatabase } from '@muster/testing';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { RunningService } from './spec/running-service.js';

/** COMMIT takes this long: time enough to cut the connection while it is under way. */
const SLOW_COMMIT = `
  create function slow_commit() returns trigger language plpgsql as $$ begin perform pg_sleep(0.4); return null; end $$;
  create constraint trigger slow_commit after insert on revision deferrable initially deferred
    for each row execute function slow_commit();`;

let database: TestDatabase;
let proxy: FaultProxy;
beforeEach(async () => {
  database = await createDatabase({ migrate });
  proxy = await FaultProxy.inFrontOf(database.url);
  onTestFinished(() => proxy.close());
});

async function start(env: Record<string, string> = {}): Promise<RunningService> {
  const through = { ...database, urlAs: (role: string) => proxy.urlThrough(database.urlAs(role)) };
  return RunningService.start({ database: through, env: { MUSTER_OWNER_DATABASE_URL: database.ownerUrl, ...env } });
}

async function owner(): Promise<Client> {
  const client = new Client({ connectionString: database.ownerUrl });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function untilCommitting(client: Client): Promise<void> {
  await waitFor(
    async () =>
      (
        await client.query(`select from pg_stat_activity where state = 'active' and query = 'commit'
         and datname = current_database() and backend_type = 'client backend'`)
      ).rowCount,
    { what: 'COMMIT under way', everyMs: 5 },
  );
}

const jarOf = (service: RunningService): Promise<string> =>
  readFile(path.join(service.storage, 'extensions/Cut/lib/common/Cut.jar'), 'utf8');

test('the connection breaks under COMMIT: the answer is the revision that was made', async () => {
  const client = await owner();
  const service = await start();
  expect((await service.import(buildPackage({ name: 'Cut' }))).status).toBe(201);
  await client.query(SLOW_COMMIT);
  const importing = service.import(buildPackage({ name: 'Cut', version: '1.1.0' }));
  await untilCommitting(client);
  proxy.reset();
  const { status, body } = await importing;
  expect(status, JSON.stringify(body)).toBe(201);
  expect(body).toMatchObject({
    revision: 2,
    changes: [{ action: 'upgrade', version: '1.1.0', previousVersion: '1.0.0' }],
  });
  expect((await client.query('select count(*)::int as count from revision')).rows).toEqual([{ count: 2 }]);
  expect(await jarOf(service)).toContain('1.1.0');
  expect(await service.leftovers()).toEqual([]);
});

test('the database stays away under COMMIT: the tree is kept, and the answer says that nobody knows', async () => {
  const client = await owner();
  const service = await start({ MUSTER_SETTLE_TIMEOUT: '200ms' });
  expect((await service.import(buildPackage({ name: 'Cut' }))).status).toBe(201);
  await client.query(SLOW_COMMIT);
  const importing = service.import(buildPackage({ name: 'Cut', version: '1.1.0' }));
  await untilCommitting(client);
  proxy.setNewConnections('reset');
  proxy.reset();
  const { status, body } = await importing;
  expect([status, body.code, body.step]).toEqual([503, 'outcome-unknown', 'commit']);
  expect(await jarOf(service)).toContain('1.1.0');
  proxy.heal();
  await waitFor(async () => (await client.query('select from revision')).rowCount === 2, {
    what: 'the commit to land',
    deadlineMs: 60_000,
  });
  const again = await service.import(buildPackage({ name: 'Cut', version: '1.1.0' }));
  expect([again.status, again.body.revision]).toEqual([200, 2]);
  const next = await service.import(buildPackage({ name: 'Cut', version: '1.2.0' }));
  expect(next.body.changes, JSON.stringify(next.body)).toMatchObject([{ action: 'upgrade', previousVersion: '1.1.0' }]);
});

test('the database goes away before COMMIT: everything is undone', async () => {
  const client = await owner();
  const service = await start();
  expect((await service.import(buildPackage({ name: 'Cut' }))).status).toBe(201);
  await client.query('begin; lock table revision in exclusive mode');
  const importing = service.import(buildPackage({ name: 'Cut', version: '1.1.0' }));
  await waitFor(async () => (await jarOf(service)).includes('1.1.0'), { what: 'the switch', everyMs: 5 });
  await waitFor(
    async () =>
      (
        await client.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        )
      ).rowCount,
    { what: 'a statement of the commit that waits', deadlineMs: 60_000 },
  );
  proxy.setNewConnections('reset');
  proxy.reset();
  const { status, body } = await importing;
  expect([status, body.code, body.step]).toEqual([503, 'database-away', 'commit']);
  expect(body.undone?.length).toBeGreaterThan(1);
  expect(await jarOf(service)).toContain('1.0.0');
  expect(await service.leftovers()).toEqual([]);
  await client.query('rollback');
  proxy.heal();
  const list = (await service.request<ExtensionList>('/extensions')).body;
  expect(list.extensions).toMatchObject([{ version: '1.0.0' }]);
  expect((await service.import(buildPackage({ name: 'Cut', version: '1.1.0' }))).status).toBe(201);
});

test('without a database nothing is taken, and readiness says so', async () => {
  const service = await start();
  proxy.setNewConnections('reset');
  proxy.reset();
  const { status, body, headers } = await service.import(buildPackage({ name: 'Cut' }));
  expect([status, body.code]).toEqual([503, 'database-away']);
  expect(headers.get('retry-after')).toBeTruthy();
  expect((await service.request('/health/ready')).status).toBe(503);
  expect(await service.installed()).toEqual([]);
  expect(await service.leftovers()).toEqual([]);
  proxy.heal();
  expect((await service.import(buildPackage({ name: 'Cut' }))).status).toBe(201);
});
