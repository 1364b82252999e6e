import { createDatabase, rawPool } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Catalog, migrate } from './index.js';
import type { NewNodeAction } from './index.js';
import { committed, install, remove, storedPackage } from './spec/drafts.js';

let database: TestDatabase;
let agent: Catalog;
let raw: Pool;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  raw = rawPool(database.ownerUrl);
  agent = Catalog.connect({ url: database.urlAs('muster_agent'), applicationName: 'spec' });
});
afterAll(async () => {
  await agent.close();
  await raw.end();
  await database.drop();
});

const action = (seq: number, more: Partial<NewNodeAction> = {}): NewNodeAction => ({
  seq,
  extension: 'Foo',
  kind: 'wanted-change',
  action: 'install',
  outcome: 'done',
  detector: 'event',
  head: 7,
  revision: 7,
  version: '1.0.0',
  agesMs: {
    received: 900,
    started: 800,
    fetched: 500,
    staged: 400,
    switched: 300,
    deployed: 100,
    proven: 50,
    ended: 50,
  },
  ...more,
});
const rows = async (node: string) =>
  (await raw.query<Record<string, unknown>>('select * from node_action where node = $1 order by id', [node])).rows;

describe('what a node did', () => {
  it('is written in the time of the database, whatever the clock of the node says', async () => {
    const { rows: before } = await raw.query<{ now: Date }>('select clock_timestamp() as now');
    await agent.nodeActions.insert('node-1', 'first', [action(1)]);
    const [row] = await rows('node-1');
    const ago = (column: string) => Number(row?.['at']) - Number(row?.[column]);
    expect(ago('proven_at')).toBe(0);
    expect([ago('received_at'), ago('started_at'), ago('fetched_at')]).toEqual([850, 750, 450]);
    expect([ago('staged_at'), ago('switched_at'), ago('deployed_at')]).toEqual([350, 250, 50]);
    expect(Math.abs(Number(row?.['at']) - Number(before[0]?.now))).toBeLessThan(60_000);
    expect(row).toMatchObject({
      instance: 'first',
      revision: '7',
      version: '1.0.0',
      previous_version: null,
      code: null,
    });
  });

  it('is told once, however often it is written', async () => {
    await agent.nodeActions.insert('node-2', 'first', [action(1), action(2)]);
    await agent.nodeActions.insert('node-2', 'first', [action(2, { detail: 'again' }), action(3)]);
    await agent.nodeActions.insert('node-2', 'second', [action(1)]);
    expect((await rows('node-2')).map(({ instance, seq }) => `${String(instance)} ${String(seq)}`)).toEqual([
      'first 1',
      'first 2',
      'first 3',
      'second 1',
    ]);
    expect((await rows('node-2')).every(({ detail }) => detail === null)).toBe(true);
  });

  it('keeps absent what was not, and says of a failure what it was', async () => {
    const failed = { outcome: 'parked', code: 'hook-failed', detail: 'it exited 1' } as const;
    await agent.nodeActions.insert('node-3', 'first', [
      action(1, { ...failed, previousVersion: '0.9', agesMs: { started: 20, fetched: 10, ended: 0 } }),
    ]);
    expect((await rows('node-3'))[0]).toMatchObject({
      outcome: 'parked',
      code: 'hook-failed',
      detail: 'it exited 1',
      previous_version: '0.9',
      received_at: null,
      proven_at: null,
      fetched_at: expect.any(Date),
    });
  });

  it('names the revision of a removal, which the disk does not tell', async () => {
    const importer = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'spec' });
    const content = await storedPackage(importer, { name: 'Gone' });
    await committed(importer, install(content));
    expect(await committed(importer, remove(content))).toMatchObject({ revision: 2 });
    await committed(importer, install(content));
    expect(await committed(importer, remove(content))).toMatchObject({ revision: 4 });
    await importer.close();
    const { revision: _, ...removal } = action(1, { extension: 'Gone', action: 'remove', head: 3 });
    await agent.nodeActions.insert('node-4', 'first', [removal, { ...removal, seq: 2, head: 4 }]);
    await agent.nodeActions.insert('node-4', 'first', [{ ...removal, seq: 3, extension: 'Stranger' }]);
    expect((await rows('node-4')).map(({ revision }) => revision)).toEqual(['2', '4', null]);
  });

  it('is forgotten but for the latest of each node', async () => {
    for (const node of ['node-5', 'node-6'])
      await agent.nodeActions.insert(
        node,
        'first',
        [1, 2, 3, 4].map((seq) => action(seq)),
      );
    await agent.nodeActions.thin('node-5', 2);
    await agent.nodeActions.thin('node-6', 4);
    expect((await rows('node-5')).map(({ seq }) => seq)).toEqual(['3', '4']);
    expect(await rows('node-6')).toHaveLength(4);
  });
});

describe('a refusal', () => {
  const refusals = async () =>
    (await raw.query<Record<string, unknown>>('select * from node_refusal order by node, code, claimant')).rows;

  it('is the last of each claimant, and is forgotten when the node enrols', async () => {
    const refused = { node: 'node-7', code: 'node-id-in-use', claimant: 'http://b', detail: 'first' } as const;
    await agent.nodeRefusals.put(refused);
    await agent.nodeRefusals.put({ ...refused, detail: 'second', holder: 'node-7' });
    await agent.nodeRefusals.put({ ...refused, node: 'node-8', code: 'storage-in-use' });
    expect(await refusals()).toMatchObject([
      { node: 'node-7', detail: 'second', holder: 'node-7', claimant: 'http://b' },
      { node: 'node-8', holder: null },
    ]);
    const request = { node: 'node-7', storageId: 's', leaseMs: 60_000 };
    await agent.nodes.enrol({ ...request, instance: 'a' });
    expect(await refusals()).toMatchObject([{ node: 'node-8' }]);
    await agent.nodeRefusals.put(refused);
    expect(await agent.nodes.enrol({ ...request, storageId: 'other', instance: 'b' })).toMatchObject({
      state: 'refused',
    });
    expect(await refusals()).toHaveLength(2);
  });
});

describe('the instructions of a node', () => {
  it('are its orders and its pause, in the time of the database, in one answer', async () => {
    const nobody = await agent.nodes.instructions('nobody');
    expect(nobody).toEqual({ orders: [], proposals: [], atMs: expect.any(Number) });
    expect(Math.abs(nobody.atMs - Date.now())).toBeLessThan(60_000);
    await agent.nodes.enrol({ node: 'node-9', storageId: 's', instance: 'a', leaseMs: 60_000 });
    const importer = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'spec' });
    await importer.nodes.pause('node-9', { reason: 'new disks', actor: 'ann' });
    const order = { node: 'node-9', actor: 'ann', expiresAfterMs: 60_000 };
    await importer.orders.give([
      { ...order, kind: 'retry' },
      { ...order, kind: 'verify' },
    ]);
    const held = await agent.nodes.instructions('node-9');
    expect(held.orders.map(({ kind }) => kind).toSorted()).toEqual(['retry', 'verify']);
    expect(held.paused).toMatchObject({ actor: 'ann', reason: 'new disks' });
    await importer.nodes.resume('node-9');
    await importer.close();
    expect((await agent.nodes.instructions('node-9')).paused).toBeUndefined();
  });
});
