import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { NodeView } from '@muster/contracts';
import { waitFor } from '@muster/testing';
import { flip } from './spec/damage.js';
import { TrialCluster } from './spec/trial-cluster.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');

vi.setConfig({ testTimeout: 240_000 });

async function withCluster(work: (cluster: TrialCluster) => Promise<void>): Promise<void> {
  const cluster = await TrialCluster.create();
  try {
    await work(cluster);
  } finally {
    await cluster.end();
  }
}

const jarOf = (cluster: TrialCluster, name: string): string =>
  path.join(cluster.extension(name), `lib/common/${name}.jar`);

/** As a database that is restored from a backup taken after revision R, table by table, while the agents run. */
async function restoreTo(cluster: TrialCluster, revision: number): Promise<void> {
  await cluster.query('delete from extension where revision > $1', [revision]);
  await cluster.query('delete from event where revision > $1', [revision]);
  await cluster.query('delete from revision_change where revision > $1', [revision]);
  await cluster.query('delete from revision where number > $1', [revision]);
}

/** Until the digests of what stands here are known: files are too young for that at first. */
async function startedAgain(cluster: TrialCluster, environment: Record<string, string> = {}): Promise<NodeView> {
  const agent = await cluster.ready({ MUSTER_DRIFT_PERIOD: '300ms', ...environment });
  const node = await agent.node();
  const cacheFile = path.join(cluster.storage(), '.muster/stat-cache');
  const isCached = (name: string): boolean => readFileSync(cacheFile, 'utf8').includes(`${name}.jar`);
  await waitFor(() => existsSync(cacheFile) && cluster.names().every(isCached), {
    what: 'cached digests',
    deadlineMs: 60_000,
  });
  expect(await agent.stop()).toBe(0);
  return node;
}

describe('a node that comes back', () => {
  test('takes a snapshot at first, then the tail of the log, and a snapshot when it cannot know what it missed', () =>
    withCluster(async (cluster) => {
      await cluster.commit({ name: 'First' });
      const first = await startedAgain(cluster);
      expect(first.rejoin).toMatchObject({ way: 'snapshot', reason: expect.stringContaining('first start') as string });
      expect(first.eventLog).toMatchObject({ following: true });
      await cluster.commit({ name: 'Second' });
      await cluster.commit({ name: 'First', version: '1.1.0' });
      const tail = await startedAgain(cluster);
      expect(tail.rejoin).toMatchObject({ way: 'log-tail', fromRevision: 1, toRevision: 3 });
      expect(tail).toMatchObject({ revision: 3, rootDigest: (await cluster.catalog.head()).rootDigest });
      expect((await cluster.report())?.rejoin).toEqual(tail.rejoin);

      await cluster.commit({ name: 'Third' });
      await cluster.commit({ name: 'Fourth' });
      const long = await startedAgain(cluster, { MUSTER_REJOIN_CHANGES: '1' });
      expect(long.rejoin).toMatchObject({
        way: 'snapshot',
        reason: expect.stringContaining('more than 1 change was missed') as string,
      });
      await cluster.query("update event_consumer set position = 1000 where consumer like 'agent:%'");
      const lost = await startedAgain(cluster);
      expect(lost.rejoin).toMatchObject({
        way: 'snapshot',
        reason: expect.stringContaining('no longer holds') as string,
      });
      // The rules for these two are tried by themselves, too.
      if (scale > 1) {
        await cluster.query("delete from event_consumer where consumer like 'agent:%'");
        expect((await startedAgain(cluster)).rejoin?.reason).toContain('knows no place');
        rmSync(path.join(cluster.storage(), '.muster/stat-cache'), { force: true });
        expect((await startedAgain(cluster)).rejoin?.reason).toContain('digests');
      }
      expect(cluster.names()).toEqual(['First', 'Fourth', 'Second', 'Third']);
    }));

  test('hashes what changed along the tail and everything for a snapshot; the timer heals what a tail left', () =>
    withCluster(async (cluster) => {
      for (const name of ['Hidden', 'Named']) await cluster.commit({ name });
      await startedAgain(cluster);
      for (const name of ['Hidden', 'Named']) flip(jarOf(cluster, name));
      await cluster.commit({ name: 'Later' });
      const healing = await cluster.ready({ MUSTER_DRIFT_PERIOD: '300ms' });
      const node = await healing.until('the repair', ({ drift }) => drift.length === 2);
      expect(node.rejoin).toMatchObject({ way: 'log-tail' });
      const { rootDigest } = await cluster.catalog.head();
      await healing.until('the proof', (seen) => seen.rootDigest === rootDigest && seen.step === undefined);
      for (const name of ['Hidden', 'Named'])
        expect(readFileSync(jarOf(cluster, name), 'utf8')).toBe(`${name} 1.0.0\n`);
    }));
});

describe('a database restored from an older backup', () => {
  // The way is the same each time; only what is found in the catalog differs.
  const backups: [string, number][] = [
    ['repeats the number that the node knows with another chain', 1],
    ['ends before the revision that the node knows', 0],
    ['has gone past it with another chain', 2],
  ];
  test.each(scale > 1 ? backups : backups.slice(0, 1))(
    'that %s: the node is forked, keeps what it has, and heals when the catalog is accepted',
    (_, commits) =>
      withCluster(async (cluster) => {
        await cluster.commit({ name: 'Both' });
        await cluster.commit({ name: 'Lost' });
        const agent = await cluster.ready({ MUSTER_DRIFT_PERIOD: '500ms' });
        await restoreTo(cluster, 1);
        for (let index = 0; index < commits; index += 1) await cluster.commit({ name: `New-${index}` });
        const forked = await agent.until('the fork', ({ state }) => state === 'forked');
        expect(forked).toMatchObject({ revision: 2 });
        expect(cluster.names()).toEqual(['Both', 'Lost']);
        const range = { extensions: ['Both'], redeploy: false };
        // In the words of the moment: the catalog goes on meanwhile.
        const reason = expect.stringContaining('this storage knows revision 2') as string;
        expect(forked.stateReason).toEqual(reason);
        expect(await (await cluster.order('preview', range)).answer()).toEqual({
          failure: { code: 'forked', detail: reason },
        });
        expect(await (await cluster.order('replay', range)).answer()).toEqual({ state: 'forked', reason });
        const open = await cluster.order('verify');
        const accepted = await (await cluster.order('accept-catalog')).answer();
        expect(accepted).toMatchObject({ accepted: { revision: 1 + commits }, parked: [] });
        expect(accepted['ended']).toContain('this storage knows revision 2');
        expect(accepted['brought']).toContain('Lost');
        await open.answer();
        const healed = await agent.until('the head', ({ state }) => state === 'live');
        expect(healed.rejoin).toMatchObject({ way: 'snapshot', reason: expect.stringContaining('accepted') as string });
        expect(healed.rootDigest).toBe((await cluster.catalog.head()).rootDigest);
        expect(cluster.names()).toEqual(['Both', ...['New-0', 'New-1'].slice(0, commits)]);
      }),
  );
});

describe('while the broker is away', () => {
  test('changes are found by the timer, the node says so, and the log of the agent stays short', () =>
    withCluster(async (cluster) => {
      await cluster.commit({ name: 'Before' });
      const agent = await cluster.ready({ KAFKA_BROKERS: '127.0.0.1:9', MUSTER_DRIFT_PERIOD: '500ms' });
      const node = await agent.node();
      expect(node.eventLog).toMatchObject({ following: false });
      expect(node.eventLog?.detail).toContain('by the timer meanwhile, every 0.5 s');
      expect(node.rejoin?.reason).toContain('first start');
      await cluster.commit({ name: 'Meanwhile' });
      const { rootDigest } = await cluster.catalog.head();
      await agent.until('what was committed', (seen) => seen.revision === 2 && seen.rootDigest === rootDigest);
      const { seq } = await agent.node();
      await agent.until('some more attempts', (seen) => seen.seq > seq + 5);
      const told = agent.output
        .split('\n')
        .filter((line) => /event log cannot be followed|reports are not taken/.test(line));
      expect(told.length, told.join('\n')).toBeLessThanOrEqual(2);
      expect(await agent.stop()).toBe(0);
    }));
});
