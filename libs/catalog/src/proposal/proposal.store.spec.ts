import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { ProposedPackage } from '@muster/contracts';
import { createDatabase, rawPool } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Catalog, migrate } from '../index.js';
import type { CommitResult, NewPackage, ReadinessReport } from '../index.js';
import { committed, describedPackage, draftOf, install, SCALE, storedPackage } from '../spec/drafts.js';
import { emptyCatalog } from '../spec/empty-catalog.js';

const LEASE_MS = 60_000;

let database: TestDatabase;
let owner: Pool;
let importer: Catalog;
let agent: Catalog;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  owner = rawPool(database.ownerUrl);
  importer = Catalog.connect({ url: database.urlAs('muster_importer'), applicationName: 'importer', poolSize: 6 });
  agent = Catalog.connect({ url: database.urlAs('muster_agent'), applicationName: 'agent', poolSize: 6 });
});
beforeEach(async () => {
  await emptyCatalog(owner);
  await owner.query('truncate proposal, proposal_package, proposal_readiness, node, event');
  for (const node of ['node-1', 'node-2', 'node-3']) await enrol(node);
});
afterAll(async () => {
  await Promise.all([importer.close(), agent.close(), owner.end()]);
  await database.drop();
});

async function enrol(node: string, instance = `${node}-a`): Promise<void> {
  await owner.query('update node set lease_until = clock_timestamp() where id = $1', [node]);
  const taken = await agent.nodes.enrol({ node, storageId: `storage-${node}`, instance, leaseMs: LEASE_MS });
  expect(taken).toEqual({ state: 'enrolled' });
}

function asProposed({ metadata, sha256, treeDigest, sizeBytes, unpackedBytes }: NewPackage): ProposedPackage {
  const { name, version, dependsOn } = metadata;
  const needed = dependsOn.map((one) => one.name);
  return { name, version, sha256, treeDigest, sizeBytes, unpackedBytes, revision: 1, dependsOn: needed, succeeds: [] };
}

async function propose(one: NewPackage, { id = randomUUID(), deadlineMs = 60_000 } = {}): Promise<string> {
  const { name: extension, version } = one.metadata;
  const { sha256, blob } = one;
  const made = await importer.proposals.make({
    id,
    actor: 'anna',
    base: { revision: 0, chain: '0'.repeat(64) },
    changes: [{ action: 'install', extension, version, sha256 }],
    packages: [{ package: asProposed(one), ...(blob !== undefined && { blob }) }],
    deadlineMs,
  });
  expect(made).toBe(true);
  return id;
}

function report(proposal: string, node: string, more: Partial<ReadinessReport> = {}): Promise<boolean> {
  return agent.proposals.report({ proposal, node, instance: `${node}-a`, state: 'ready', ...more });
}

async function allReady(proposal: string): Promise<void> {
  for (const node of ['node-1', 'node-2', 'node-3']) await report(proposal, node);
}

function activate(one: NewPackage, proposal: string): Promise<CommitResult> {
  return importer.revisions.commit({ ...draftOf(install(one)), importId: proposal, proposal });
}

async function statesOf(proposal: string): Promise<string[]> {
  const view = await importer.proposals.find(proposal);
  return (view?.nodes ?? []).map(({ node, state, reason }) => `${node} ${state}${reason ? `: ${reason}` : ''}`);
}

async function pass(proposal: string): Promise<void> {
  await owner.query(`update proposal set expires_at = clock_timestamp() where id = $1`, [proposal]);
}

describe('a proposal', () => {
  it('is told to every node, which is woken, with what it has to stage', async () => {
    const one = await storedPackage(importer, { name: 'Base' });
    const id = await propose(one);
    const { proposals } = await agent.nodes.instructions('node-2');
    expect(proposals).toEqual([{ id, packages: [asProposed(one)], expiresInMs: expect.any(Number) }]);
    expect(proposals[0]?.expiresInMs).toBeGreaterThan(50_000);
    expect(proposals[0]?.expiresInMs).toBeLessThanOrEqual(60_000);
    const { rows } = await owner.query('select payload from event');
    expect(rows).toEqual([{ payload: expect.objectContaining({ nodes: ['node-1', 'node-2', 'node-3'] }) }]);
    const bytes = await agent.blobs.read(one.sha256);
    expect(bytes && (await buffer(bytes)).length).toBe(300);
  });

  it('is made once for an id', async () => {
    const one = await storedPackage(importer, { name: 'Base' });
    const id = await propose(one);
    const again = { id, actor: 'b', base: { revision: 0, chain: '' }, changes: [], packages: [], deadlineMs: 1_000 };
    expect(await importer.proposals.make(again)).toBe(false);
    expect(await importer.proposals.find(id)).toMatchObject({ actor: 'anna', state: 'open' });
  });

  it('becomes a revision only where every expected node is ready at that moment', async () => {
    const one = await storedPackage(importer, { name: 'Base' });
    const id = await propose(one);
    const refused = (words: string): unknown => ({ ok: false, code: 'proposal-not-ready', detail: words });
    await report(id, 'node-1');
    await report(id, 'node-2', { state: 'staging' });
    expect(await statesOf(id)).toEqual(['node-1 ready', 'node-2 staging', 'node-3 waiting']);
    expect(await activate(one, id)).toMatchObject({ ok: false, code: 'proposal-not-ready' });
    await report(id, 'node-2', { state: 'failed', code: 'disk-full', reason: 'no room' });
    await report(id, 'node-3');
    expect(await activate(one, id)).toMatchObject(refused('node-2: no room') as object);
    await report(id, 'node-2');
    await importer.nodes.pause('node-3', { actor: 'bob', reason: 'a new disk' });
    expect(await activate(one, id)).toMatchObject(refused('node-3: is paused by bob: a new disk') as object);
    await importer.nodes.resume('node-3');
    // Another instance: what the one before had staged went with it.
    await enrol('node-3', 'node-3-b');
    expect(await statesOf(id)).toEqual(['node-1 ready', 'node-2 ready', 'node-3 waiting']);
    await report(id, 'node-3', { instance: 'node-3-b' });
    await enrol('node-4');
    expect(await activate(one, id)).toMatchObject({ ok: false, code: 'proposal-not-ready' });
    await agent.nodes.release('node-4', 'node-4-a', { retire: true });
    await owner.query(`update node set lease_until = clock_timestamp() where id = 'node-1'`);
    expect(await activate(one, id)).toMatchObject({ ok: false, code: 'proposal-not-ready' });
    await agent.nodes.renew('node-1', 'node-1-a', LEASE_MS);
    expect(await activate(one, id)).toMatchObject({ ok: true, revision: 1 });
    expect(await importer.proposals.find(id)).toMatchObject({
      state: 'activated',
      revision: 1,
      nodes: ['node-1', 'node-2', 'node-3'].map((node) => ({ node, state: 'ready' })),
    });
    // Told twice, as after a broken connection, it is the same revision.
    expect(await activate(one, id)).toMatchObject({ ok: true, revision: 1 });
    expect((await agent.nodes.instructions('node-1')).proposals).toEqual([]);
    expect((await owner.query('select from proposal_package')).rowCount).toBe(0);
  });

  it('is void once its deadline has passed, whoever is ready', async () => {
    const one = await storedPackage(importer, { name: 'Base' });
    const id = await propose(one);
    await allReady(id);
    await pass(id);
    expect(await activate(one, id)).toMatchObject({ ok: false, code: 'proposal-void' });
    expect((await agent.nodes.instructions('node-1')).proposals).toEqual([]);
    expect(await report(id, 'node-1')).toBe(false);
    expect(await importer.proposals.find(id)).toMatchObject({ state: 'void', reason: 'its deadline passed' });
    expect(await importer.proposals.list({ state: 'open' })).toEqual([]);
    expect((await importer.proposals.abandoned({ graceMs: 0 })).map((left) => left.id)).toEqual([id]);
    expect(await importer.proposals.abandoned()).toEqual([]);
    expect((await importer.head()).revision).toBe(0);
    expect((await owner.query('select from package')).rowCount).toBe(0);
  });

  it('keeps what is committed meanwhile, and conflicts where that is the same extension', async () => {
    const [one, other] = [
      await storedPackage(importer, { name: 'Base' }),
      await storedPackage(importer, { name: 'Base', version: '1.1.0' }),
    ];
    const id = await propose(one);
    await allReady(id);
    await committed(importer, install(await storedPackage(importer, { name: 'Elsewhere' })));
    await committed(importer, install(other));
    expect(await activate(one, id)).toMatchObject({ ok: false, code: 'conflict' });
    expect(await importer.proposals.find(id)).toMatchObject({ state: 'open' });
  });

  it('keeps its zip from being collected until it is over', async () => {
    const one = await storedPackage(importer, { name: 'Base' });
    const id = await propose(one);
    expect(await importer.blobs.collect({ graceMs: 0 })).toMatchObject({ blobs: 0 });
    expect(await importer.proposals.void(id, 'called off by anna')).toBe(true);
    expect(await importer.proposals.void(id, 'again')).toBe(false);
    expect(await importer.proposals.find(id)).toMatchObject({ state: 'void', reason: 'called off by anna' });
    expect(await importer.blobs.collect({ graceMs: 0 })).toMatchObject({ blobs: 1 });
    expect(await importer.blobs.read(one.sha256)).toBeUndefined();
  });

  it('keeps a zip that the catalog had before', async () => {
    const one = await storedPackage(importer, { name: 'Base' });
    await committed(importer, install(one));
    await owner.query(`delete from extension`);
    const { blob: _, ...known } = one;
    await propose(known);
    await owner.query(`update package set released_at = clock_timestamp()`);
    expect(await importer.blobs.collect({ graceMs: 0, retentionMs: 0 })).toMatchObject({ blobs: 0 });
    expect(await agent.blobs.isWhole(one.sha256)).toBe(true);
  });

  it(`is settled once where an activation and a call-off meet, ${20 * SCALE} times`, async () => {
    let activated = 0;
    for (let round = 0; round < 20 * SCALE; round += 1) {
      const one = await storedPackage(importer, { name: `Base${round}` });
      const id = await propose(one);
      await allReady(id);
      const [result, off] = await Promise.all([activate(one, id), importer.proposals.void(id, 'called off')]);
      expect(result.ok).toBe(!off);
      expect(await importer.proposals.find(id)).toMatchObject({ state: result.ok ? 'activated' : 'void' });
      if (!result.ok) expect(result.code).toBe('proposal-void');
      activated += Number(result.ok);
      expect((await importer.head()).revision).toBe(activated);
    }
  });

  it('is not there under an id that was never made', async () => {
    expect(await importer.proposals.find('no-uuid')).toBeUndefined();
    expect(await importer.proposals.find(randomUUID())).toBeUndefined();
    const one = describedPackage({ name: 'Base' }, 'a'.repeat(64));
    expect(await activate(one, randomUUID())).toMatchObject({ ok: false });
  });
});
