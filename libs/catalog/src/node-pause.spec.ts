import { createDatabase, rawPool } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pool } from 'pg';
import { Catalog, migrate } from './index.js';

let database: TestDatabase;
let agent: Catalog;
let importer: Catalog;
let raw: Pool;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  agent = Catalog.connect({ url: database.urlAs('muster_agent'), applicationName: 'spec' });
  raw = rawPool(database.ownerUrl);
  importer = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'spec' });
});
afterAll(async () => {
  await agent.close();
  await importer.close();
  await raw.end();
  await database.drop();
});

const enrol = (node: string, instance: string) =>
  agent.nodes.enrol({ node, storageId: 'storage', instance, leaseMs: 60_000, sameStorageTakesOver: true });
const known = async (node: string) => (await agent.nodes.expected()).find((one) => one.node === node);

describe('a node that is paused', () => {
  it('says by whom, why and since when, and a second pause keeps the time', async () => {
    await enrol('node-1', 'first');
    expect((await known('node-1'))?.paused).toBeUndefined();
    const paused = await importer.nodes.pause('node-1', { reason: 'new disks', actor: 'ann' });
    expect(paused).toEqual({ since: expect.any(String), reason: 'new disks', actor: 'ann' });
    const again = await importer.nodes.pause('node-1', { reason: 'and a new fan', actor: 'bob' });
    expect(again).toEqual({ since: paused?.since, reason: 'and a new fan', actor: 'bob' });
    expect((await known('node-1'))?.paused).toEqual(again);
    expect((await importer.nodes.find(['node-1']))[0]?.paused).toEqual(again);
  });

  it('stays so over a restart of its agent, until it is resumed', async () => {
    await enrol('node-1', 'second');
    expect((await known('node-1'))?.paused).toMatchObject({ actor: 'bob' });
    expect(await importer.nodes.resume('node-1')).toBe(true);
    expect((await known('node-1'))?.paused).toBeUndefined();
    expect(await importer.nodes.resume('node-1')).toBe(true);
  });

  it('must have enrolled', async () => {
    expect(await importer.nodes.pause('nobody', { reason: 'new disks', actor: 'ann' })).toBeUndefined();
    expect(await importer.nodes.resume('nobody')).toBe(false);
  });

  it('is woken both times, and nobody is for a stranger', async () => {
    await enrol('node-2', 'first');
    const news = async () => {
      const sql = `select payload from event where payload->'nodes' @> '["node-2"]' order by position`;
      return (await raw.query<{ payload: unknown }>(sql)).rows.map(({ payload }) => payload);
    };
    await importer.nodes.pause('node-2', { reason: 'new disks', actor: 'ann' });
    expect(await news()).toMatchObject([{ type: 'OrdersGiven', nodes: ['node-2'] }]);
    await importer.nodes.resume('node-2');
    expect(await news()).toHaveLength(2);
    await importer.nodes.pause('nobody', { reason: 'new disks', actor: 'ann' });
    expect(await news()).toHaveLength(2);
    expect((await raw.query(`select from event where payload->'nodes' @> '["nobody"]'`)).rowCount).toBe(0);
  });

  it('cannot be paused or resumed by an agent', async () => {
    await expect(agent.nodes.pause('node-2', { reason: 'new disks', actor: 'ann' })).rejects.toThrow(/permission/);
    await expect(agent.nodes.resume('node-2')).rejects.toThrow(/permission/);
  });
});

describe('the starts of a node', () => {
  it('are counted by instance, not by enrolment', async () => {
    await enrol('node-3', 'first');
    await enrol('node-3', 'first');
    expect((await known('node-3'))?.starts).toBe(1);
    await enrol('node-3', 'second');
    expect((await known('node-3'))?.starts).toBe(2);
  });
});
