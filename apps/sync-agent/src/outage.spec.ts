import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { NodeEntities } from '@muster/contracts';
import { FaultProxy, waitFor } from '@muster/testing';
import { extensionOf } from './spec/trial-agent.js';
import { TrialCluster } from './spec/trial-cluster.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');

vi.setConfig({ testTimeout: 60_000 * (3 + scale) });

async function withCluster(work: (cluster: TrialCluster) => Promise<void>): Promise<void> {
  const cluster = await TrialCluster.create();
  try {
    await work(cluster);
  } finally {
    await cluster.end();
  }
}

describe('while the database is away', () => {
  test('an agent keeps what is there and says so, and takes in what it missed when the database is back', () =>
    withCluster(async (cluster) => {
      const proxy = await FaultProxy.inFrontOf(cluster.database.url);
      try {
        await cluster.commit({ name: 'Kept', entities: [{ type: 'Widget', name: 'kept' }] });
        const url = proxy.urlThrough(cluster.database.urlAs('muster_agent'));
        const agent = await cluster.ready({
          DATABASE_URL: url,
          MUSTER_DRIFT_PERIOD: '300ms',
          MUSTER_POLL_INTERVAL: '500ms',
        });
        await agent.get<NodeEntities>('/entities');
        proxy.setNewConnections('reset');
        proxy.reset();
        await cluster.commit({ name: 'Missed' });
        const away = await agent.until('the outage', ({ stateReason }) => stateReason?.includes('database') === true);
        expect(away).toMatchObject({ state: 'live', revision: 1 });
        const { since, detail } = away.catalogAway ?? {};
        expect(detail).toContain('the database does not answer');
        const later = await agent.until('a later report', ({ sentAt }) => sentAt > away.sentAt);
        expect(later.catalogAway?.since).toBe(since);
        expect(extensionOf(away, 'Kept')?.state).toBe('in-sync');
        expect((await agent.get<NodeEntities>('/entities')).entities).toHaveLength(1);
        expect(cluster.names()).toEqual(['Kept']);
        const provenAt = away.provenAt!;
        await agent.until('a proof of the disk all the same', (node) => node.provenAt! > provenAt);
        proxy.heal();
        const back = await agent.until('what was missed', ({ revision }) => revision === 2);
        expect([back.stateReason, back.catalogAway]).toEqual([undefined, undefined]);
        expect(Math.abs(back.clockOffsetMs ?? Infinity)).toBeLessThan(60_000);
        const written = () => cluster.query(`select from node_action where extension = 'Missed' and outcome = 'done'`);
        await waitFor(async () => (await written()).length === 1, { what: 'its history', deadlineMs: 60_000 });
        expect(cluster.names()).toEqual(['Kept', 'Missed']);
        await waitFor(async () => (await cluster.report())?.revision === 2, { what: 'the report', deadlineMs: 60_000 });
      } finally {
        await proxy.close();
      }
    }));

  test('an agent starts, answers, and waits for it', () =>
    withCluster(async (cluster) => {
      const proxy = await FaultProxy.inFrontOf(cluster.database.url);
      try {
        await cluster.commit({ name: 'Later' });
        proxy.setNewConnections('reset');
        const agent = await cluster.agent({ DATABASE_URL: proxy.urlThrough(cluster.database.urlAs('muster_agent')) });
        await agent.until('an answer', ({ stateReason }) => stateReason?.includes('database') === true);
        expect((await fetch(`${agent.url}/health/ready`)).status).toBe(503);
        expect((await fetch(`${agent.url}/health/live`)).status).toBe(200);
        proxy.heal();
        await agent.ready();
        expect(cluster.names()).toEqual(['Later']);
        proxy.setNewConnections('reset');
        proxy.reset();
        expect(await agent.stop()).toBe(0);
      } finally {
        await proxy.close();
      }
    }));
});

describe('kill -9', () => {
  test('at any moment of a sync leaves nothing that the next start does not heal', () =>
    withCluster(async (cluster) => {
      const calls = path.join(cluster.directory, 'calls');
      const environment = { MUSTER_DEPLOY_HOOK: `sleep 0.1; echo "$MUSTER_ACTION $MUSTER_VERSION" >> ${calls}` };
      const states = ['fetching', 'staging', 'installing', 'deploying', 'verifying'];
      for (let round = 0; round < 3 * scale; round += 1) {
        const agent = await cluster.ready(environment);
        const version = `1.0.${round}`;
        const files = Object.fromEntries(
          Array.from({ length: 20 }, (_, index) => [`ui/${index}.bin`, randomBytes(50_000)]),
        );
        await cluster.commit({ name: 'Victim', version, files });
        const wanted = states[round % states.length];
        await waitFor(
          async () => {
            const { step, revision } = await agent.node();
            return step?.state === wanted || revision === round + 1;
          },
          { everyMs: 1, what: wanted ?? '', deadlineMs: 60_000 },
        );
        await agent.kill();
        const next = await cluster.ready(environment);
        const head = await cluster.catalog.head();
        const node = await next.until('the head', ({ revision }) => revision === head.revision);
        expect(node).toMatchObject({ rootDigest: head.rootDigest, deployed: true });
        expect(node.drift).toEqual([]);
        expect(readFileSync(calls, 'utf8')).toContain(`deploy ${version}`);
        await waitFor(() => cluster.leftovers().length === 0, {
          what: `no leftovers; there is ${cluster.leftovers().join(', ')}`,
          deadlineMs: 60_000,
        });
        await next.stop();
      }
    }));
});

describe('an agent that meets another history', () => {
  test('an empty catalog: it changes nothing, says forked, and follows it only when told', () =>
    withCluster(async (cluster) => {
      await withCluster(async (other) => {
        await cluster.commit({ name: 'Keeper' });
        const before = await cluster.ready();
        const known = await before.node();
        await before.stop();
        const agent = await cluster.agent({
          DATABASE_URL: other.database.urlAs('muster_agent'),
          MUSTER_DRIFT_PERIOD: '300ms',
        });
        const forked = await agent.until('forked', ({ state }) => state === 'forked');
        const head = await other.catalog.head();
        expect(forked.stateReason).toContain('catalog');
        for (const part of [
          known.catalogId,
          known.chain.slice(0, 12),
          head.catalogId,
          head.chain.slice(0, 12),
          'accept-catalog',
        ])
          expect(forked.stateReason).toContain(part);
        expect(forked).toMatchObject({ catalogId: known.catalogId, revision: 1, chain: known.chain });
        expect((await fetch(`${agent.url}/health/ready`)).status).toBe(503);
        await waitFor(async () => (await other.report())?.state === 'forked', {
          what: 'the report of the fork',
          deadlineMs: 60_000,
        });
        appendFileSync(path.join(cluster.extension('Keeper'), 'Keeper.chk'), ' ');
        const provenAt = (await agent.node()).provenAt!;
        await agent.until('another look', (node) => node.provenAt! > provenAt);
        expect(readFileSync(path.join(cluster.extension('Keeper'), 'Keeper.chk'), 'utf8')).toMatch(/ $/);

        await other.catalog.orders.insert({
          node: 'node-1',
          kind: 'accept-catalog',
          actor: 'trial',
          expiresAfterMs: 60_000,
        });
        const accepted = await agent.until('the accepted catalog', ({ state }) => state === 'live');
        expect(accepted.catalogId).toBe(head.catalogId);
        await waitFor(() => cluster.names().length === 0, {
          what: 'what that catalog does not want to be gone',
          deadlineMs: 60_000,
        });
      });
    }));

  test("another cluster's database: its node of the same name is not disturbed", () =>
    withCluster(async (cluster) => {
      await withCluster(async (other) => {
        await cluster.commit({ name: 'Keeper' });
        await (await cluster.ready()).stop();
        await other.commit({ name: 'Other' });
        const theirs = await other.ready();
        const stranger = await cluster.agent({ DATABASE_URL: other.database.urlAs('muster_agent') });
        await stranger.until('forked', ({ state }) => state === 'forked');
        expect(cluster.names()).toEqual(['Keeper']);
        const { instance } = await theirs.node();
        await waitFor(async () => (await other.report())?.seq, { what: 'their report', deadlineMs: 60_000 });
        expect(await other.report()).toMatchObject({ instance, state: 'live' });
        expect(await stranger.stop()).toBe(0);
        expect((await other.report())?.instance).toBe(instance);
        expect((await other.catalog.nodes.expected())[0]).toMatchObject({ instance, leased: true });
      });
    }));
});

describe('what must not start', () => {
  test('a second agent, another node on this storage, another storage for this node', () =>
    withCluster(async (cluster) => {
      const first = await cluster.ready();
      const { instance, storageId } = await first.node();
      const second = await cluster.agent();
      expect(await second.ended).toBe(1);
      expect(second.output).toContain('storage-in-use');
      expect(second.output).toContain('node-1');
      expect(second.output).toContain(String(first.pid));
      const stranger = await cluster.agent({ MUSTER_NODE: 'node-9', MUSTER_STORAGE: cluster.storage('node-1') });
      expect(await stranger.ended).toBe(1);
      expect(stranger.output).toMatch(/storage-foreign-node.*node-1.*node-9/);
      const twin = await cluster.agent({ MUSTER_STORAGE: cluster.storage('twin') });
      expect(await twin.ended).toBe(1);
      expect(twin.output).toContain('node-id-in-use');
      const corrected = await cluster.ready({ MUSTER_NODE: 'node-3', MUSTER_STORAGE: cluster.storage('twin') });
      expect(corrected.output).toMatch(/took over the unused storage .* from node node-1 for node node-3/);
      await corrected.stop();
      for (const part of ['node-1', storageId, instance]) expect(twin.output).toContain(part);
      expect(await first.node()).toMatchObject({ state: 'live', instance });
      await first.kill();
      const again = await cluster.ready({ MUSTER_OFFLINE_AFTER: '10m' });
      await again.kill();
      await cluster.ready();
      const wrong = await cluster.agent({ MUSTER_NODE: 'node 1', MUSTER_HEARTBEAT: 'soon' });
      expect(await wrong.ended).toBe(1);
      expect(wrong.output).toMatch(/MUSTER_NODE[^]*MUSTER_HEARTBEAT/);
    }));
});
