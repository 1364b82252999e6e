import { createDatabase, waitFor } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Catalog, migrate } from './index.js';

let database: TestDatabase;
let catalog: Catalog;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  catalog = Catalog.connect({ url: database.urlAs('muster_agent'), applicationName: 'spec' });
});
afterAll(async () => {
  await catalog.close();
  await database.drop();
});

const LONG = 60_000;
const enrol = (node: string, storageId: string, instance: string, leaseMs = LONG) =>
  catalog.nodes.enrol({ node, storageId, instance, leaseMs, address: `http://${instance}` });

describe('a node id', () => {
  it('belongs to one instance at a time, and the refusal names both', async () => {
    expect(await enrol('node-1', 'storage-a', 'first')).toEqual({ state: 'enrolled' });
    expect(await enrol('node-1', 'storage-a', 'first')).toEqual({ state: 'enrolled' });
    const refused = await enrol('node-1', 'storage-b', 'second');
    expect(refused).toMatchObject({ state: 'refused', code: 'node-taken', holder: { instance: 'first' } });
    const { detail } = refused as { detail: string };
    for (const part of ['node-1', 'storage-a', 'storage-b', 'first', 'second']) expect(detail).toContain(part);
    expect(await catalog.nodes.renew('node-1', 'second', LONG)).toBe(false);
    expect(await catalog.nodes.renew('node-1', 'first', LONG)).toBe(true);
  });

  it('goes to one of many that ask at once', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, (_, n) => enrol('node-race', `s${n}`, `i${n}`)));
    expect(results.filter(({ state }) => state === 'enrolled')).toHaveLength(1);
  });

  it('is free again after a clean stop, and after the lease ran out', async () => {
    await enrol('node-2', 's', 'first');
    expect(await catalog.nodes.release('node-2', 'stranger')).toBe(false);
    expect(await catalog.nodes.release('node-2', 'first')).toBe(true);
    expect(await enrol('node-2', 's', 'second', 300)).toEqual({ state: 'enrolled' });
    expect(await enrol('node-2', 's', 'third')).toMatchObject({ state: 'refused' });
    await waitFor(async () => (await enrol('node-2', 's', 'third')).state === 'enrolled', {
      what: 'the lease to run out',
    });
  });

  it('passes at once to the next instance of the same storage, where that holds its lock', async () => {
    await enrol('node-3', 'same', 'dead');
    const next = { node: 'node-3', instance: 'next', leaseMs: LONG, sameStorageTakesOver: true };
    expect(await catalog.nodes.enrol({ ...next, storageId: 'other' })).toMatchObject({ state: 'refused' });
    expect(await catalog.nodes.enrol({ ...next, storageId: 'same' })).toEqual({ state: 'enrolled' });
    expect(await catalog.nodes.renew('node-3', 'dead', LONG)).toBe(false);
  });
});

describe('an expected node', () => {
  it('stays expected when it stops, and is not expected once it was retired, until it returns', async () => {
    const expected = async () => (await catalog.nodes.expected()).find(({ node }) => node === 'node-4');
    await enrol('node-4', 's', 'first');
    expect(await expected()).toMatchObject({ leased: true, instance: 'first', address: 'http://first' });
    const owner = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'spec' });
    expect(await owner.nodes.retire('node-4')).toBe('live');
    expect(await owner.nodes.retire('nobody')).toBe('unknown');
    await catalog.nodes.release('node-4', 'first');
    expect(await expected()).toMatchObject({ leased: false, stoppedAt: expect.any(String) });
    expect(await owner.nodes.retire('node-4')).toBe('retired');
    await owner.close();
    expect(await expected()).toBeUndefined();
    expect(await catalog.nodes.renew('node-4', 'first', LONG)).toBe(false);
    await enrol('node-4', 's', 'second');
    expect(await expected()).toMatchObject({ leased: true });
    expect((await expected())?.stoppedAt).toBeUndefined();
    await catalog.nodes.release('node-4', 'second', { retire: true });
    expect(await expected()).toBeUndefined();
  });
});

describe('an order', () => {
  it('is pending for its node until it is done or has expired', async () => {
    const owner = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'spec' });
    const order = { node: 'node-5', kind: 'retry', actor: 'ann', detail: { extensions: ['A'] } } as const;
    const first = await owner.orders.insert({ ...order, expiresAfterMs: LONG });
    await owner.orders.insert({ ...order, expiresAfterMs: 0 });
    const second = await owner.orders.insert({ ...order, kind: 'verify', expiresAfterMs: LONG });
    await owner.close();
    expect((await catalog.nodes.instructions('node-5')).orders.map(({ id }) => id)).toEqual([first, second]);
    expect(await catalog.orders.done(first, { ok: true })).toBe(true);
    expect(await catalog.orders.done(first)).toBe(false);
    expect((await catalog.nodes.instructions('node-5')).orders).toMatchObject([
      { id: second, kind: 'verify', detail: { extensions: ['A'] } },
    ]);
    expect((await catalog.nodes.instructions('node-6')).orders).toEqual([]);
  });
});
