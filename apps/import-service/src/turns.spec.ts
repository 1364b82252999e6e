import { Catalog, migrate } from '@muster/catalog';
import type { MaxDeploying, Proceed, Problem } from '@muster/contracts';
import { buildPackage, createDatabase, temporaryDirectory, type TestDatabase } from '@muster/testing';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { RunningService, type Answer } from './spec/running-service.js';

let database: TestDatabase;
let service: RunningService;
let owner: Client;
let agents: Catalog;

const OTHER = { node: 'node-2', instance: 'i', service: 'sync-agent' };

beforeAll(async () => {
  database = await createDatabase({ migrate });
  owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  agents = Catalog.connect({ url: database.urlAs('muster_agent'), applicationName: 'agents' });
  const hook = path.join(await temporaryDirectory('hook'), 'hook.sh');
  await writeFile(hook, '#!/bin/sh\n[ "$MUSTER_EXTENSION" != Bad ]\n');
  await chmod(hook, 0o755);
  const env = { MUSTER_DEPLOY_HOOK: hook, MUSTER_LOCK_TIMEOUT: '700ms' };
  service = await RunningService.start({ database, node: 'origin', env });
});
beforeEach(() => owner.query('truncate deploy_lease, deploy_failure, setting'));
afterAll(async () => {
  await service.close();
  await agents.close();
  await owner.end();
  await database.drop();
});

const leases = async (): Promise<number | null> => (await owner.query('select from deploy_lease')).rowCount;
const failures = async (): Promise<number | null> => (await owner.query('select from deploy_failure')).rowCount;
const ask = <T>(method: string, address: string, body?: object): Promise<Answer<T & Problem>> =>
  service.request(address, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });

test('an import waits for its turn as long as for the lock, and then says for whom; nothing is left of it', async () => {
  await agents.turns.take(OTHER, { changes: [], revision: 0, leaseMs: 60_000 });
  await agents.turns.renew(OTHER, { leaseMs: 60_000, running: { extension: 'Earlier' } });
  const zip = buildPackage({ name: 'Foo' });
  const refused = await service.import(zip);
  expect(refused).toMatchObject({ status: 503, body: { code: 'turn-timeout', step: 'turn' } });
  expect(refused.body.detail).toContain('node-2 has the turn, for Earlier');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect([await service.installed(), await service.leftovers(), await leases()]).toEqual([[], [], 1]);
  await agents.turns.release(OTHER);
  expect((await service.import(zip)).status).toBe(201);
  expect(await leases()).toBe(0);
});

test('a hook that fails on the origin gives the turn back, and keeps no other node from anything', async () => {
  expect((await service.import(buildPackage({ name: 'Bad' }))).status).toBe(422);
  expect([await leases(), await failures()]).toEqual([0, 0]);
});

test('one number holds for the whole cluster, until it gets its default again', async () => {
  const address = '/settings/max-deploying';
  expect((await ask<MaxDeploying>('GET', address)).body).toEqual({ maxDeploying: 1 });
  const set = await ask<MaxDeploying>('PUT', address, { maxDeploying: 2 });
  expect(set).toMatchObject({ status: 200, body: { maxDeploying: 2, set: { actor: expect.any(String) } } });
  await agents.turns.take(OTHER, { changes: [], revision: 0, leaseMs: 60_000 });
  expect((await service.import(buildPackage({ name: 'Bar' }))).status).toBe(201);
  expect((await ask('PUT', address, { maxDeploying: 0 })).status).toBe(400);
  expect((await ask<MaxDeploying>('DELETE', address)).body).toEqual({ maxDeploying: 1 });
});

test('an operator lets the others go on with what has failed on one node', async () => {
  const sha256 = 'a'.repeat(64);
  await service.import(buildPackage({ name: 'Foo', version: '2.0.0' }));
  await agents.turns.fail('node-2', 9, { extension: 'Foo', sha256, code: 'hook-failed', detail: 'no' });
  const changes = [{ extension: 'Foo', sha256, again: false }];
  expect((await agents.turns.barriers('node-3', changes)).size).toBe(1);
  const told = await ask<Proceed>('POST', '/extensions/Foo/proceed');
  expect(told).toMatchObject({ status: 200, body: { extension: 'Foo', nodes: ['node-2'] } });
  expect((await agents.turns.barriers('node-3', changes)).size).toBe(0);
  expect((await ask<Proceed>('POST', '/extensions/Foo/proceed')).body.nodes).toEqual([]);
  expect(await ask('POST', '/extensions/Fo/proceed')).toMatchObject({
    status: 404,
    body: { code: 'extension-unknown' },
  });
  const { rows } = await owner.query(`select subject, outcome from audit where action = 'proceed' order by id`);
  expect(rows.map(({ subject, outcome }) => `${subject} ${outcome}`)).toEqual([
    'Foo ok',
    'Foo ok',
    'Fo extension-unknown',
  ]);
});
