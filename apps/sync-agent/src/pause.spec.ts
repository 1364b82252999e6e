import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { waitFor } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { extensionOf } from './spec/trial-agent.js';
import type { TrialAgent } from './spec/trial-agent.js';
import { TrialCluster } from './spec/trial-cluster.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const HOLD = { reason: 'new disks', actor: 'ann' };

describe('a paused node', () => {
  let cluster: TrialCluster;
  let agent: TrialAgent;
  const chk = () => readFileSync(path.join(cluster.extension('Foo'), 'Foo.chk'), 'utf8');
  const ready = async (query = '') => {
    const answer = await fetch(`${agent.url}/health/ready${query}`);
    return { status: answer.status, text: await answer.text() };
  };

  beforeAll(async () => {
    cluster = await TrialCluster.create();
    await cluster.commit({ name: 'Foo' });
    agent = await cluster.ready({ MUSTER_DRIFT_PERIOD: '300ms', MUSTER_RETRY_FIRST: '100ms' });
  });
  afterAll(() => cluster.end());

  test('says so at once, and goes on proving what it has', async () => {
    const hold = await cluster.catalog.nodes.pause('node-1', HOLD);
    const node = await agent.until('the pause', ({ paused }) => paused !== undefined);
    expect(node.paused).toEqual(hold);
    const { rootDigest } = await cluster.catalog.head();
    const later = await agent.until('a later proof', ({ provenAt }) => provenAt !== node.provenAt);
    expect(later).toMatchObject({ rootDigest, revision: 1, state: 'live' });
    expect(await cluster.report()).toMatchObject({ paused: hold });
    expect(await ready()).toMatchObject({ status: 200, text: expect.stringContaining('new disks') as string });
    expect(await (await fetch(`${agent.url}/metrics`)).text()).toMatch(/muster_agent_paused\{.*\} 1/);
  });

  test('takes in nothing that is committed, shows it waiting, and repairs nothing', async () => {
    const { revision } = await cluster.commit({ name: 'Bar' });
    const waiting = await agent.until('the look', (node) => extensionOf(node, 'Bar') !== undefined);
    expect(waiting.queue).toEqual([{ extension: 'Bar', revision }]);
    expect(extensionOf(waiting, 'Bar')?.state).toBe('queued');
    appendFileSync(path.join(cluster.extension('Foo'), 'Foo.chk'), ' ');
    const drifted = await agent.until('the drift', (node) => extensionOf(node, 'Foo')?.state === 'drifted');
    const later = await agent.until('two more looks', ({ provenAt }) => provenAt! > drifted.provenAt!);
    expect(later).toMatchObject({ revision: 1, drift: [], queue: [{ extension: 'Bar' }, { extension: 'Foo' }] });
    expect(later.rootDigest).not.toBe((await cluster.catalog.head()).rootDigest);
    expect(chk().endsWith(' ')).toBe(true);
    expect(cluster.names()).toEqual(['Foo']);
  });

  test('answers what asks, and lets wait what changes', async () => {
    const range = { extensions: ['Foo', 'Bar'], redeploy: false };
    const resync = await cluster.order('resync');
    const replay = await cluster.order('replay', range);
    const verify = await cluster.order('verify');
    const preview = await cluster.order('preview', range);
    expect(await verify.answer()).toMatchObject({
      verified: ['Bar', 'Foo'],
      differing: ['Bar', 'Foo'],
      brought: [],
      parked: [],
      paused: HOLD,
    });
    expect(await preview.answer()).toMatchObject({ plan: { install: ['Bar', 'Foo'], remove: [] } });
    expect([await resync.read(), await replay.read()]).toEqual([undefined, undefined]);
    expect(cluster.names()).toEqual(['Foo']);
  });

  test('is not ready for a revision that it has not taken in, and says why', async () => {
    expect((await ready('?minRevision=1')).status).toBe(200);
    const behind = await ready('?minRevision=2');
    expect(behind.status).toBe(503);
    expect(behind.text).toContain('has taken in revision 1, not yet 2; it is paused since');
    expect((await ready('?minRevision=soon')).status).toBe(400);
    expect((await ready('?minRevision=1&minRevision=2')).status).toBe(400);
  });

  test('stays so over a restart', async () => {
    expect(await agent.stop()).toBe(0);
    agent = await cluster.agent({ MUSTER_DRIFT_PERIOD: '300ms', MUSTER_RETRY_FIRST: '100ms' });
    const node = await waitFor(
      () => agent.until('a proof', ({ paused }) => paused !== undefined).catch(() => undefined),
      {
        what: 'the pause after a restart',
        deadlineMs: 60_000,
      },
    );
    expect(node).toMatchObject({ paused: HOLD, revision: 1 });
    expect(cluster.names()).toEqual(['Foo']);
    expect(await ready()).toMatchObject({ status: 503, text: expect.stringContaining('paused since') as string });
    expect(await cluster.query('select from node_action where extension = $1', ['Bar'])).toEqual([]);
  });

  test('does all of it at once when it is resumed', async () => {
    await cluster.catalog.nodes.resume('node-1');
    const node = await agent.until('the head', ({ revision }) => revision === 2);
    expect(node.paused).toBeUndefined();
    expect(node.rootDigest).toBe((await cluster.catalog.head()).rootDigest);
    expect(node.drift).toMatchObject([{ extension: 'Foo' }]);
    expect(existsSync(cluster.extension('Bar'))).toBe(true);
    expect(chk().endsWith(' ')).toBe(false);
    await waitFor(async () => (await cluster.query('select from node_order where done_at is null')).length === 0, {
      what: 'the orders that waited',
      deadlineMs: 60_000,
    });
    expect((await ready('?minRevision=2')).status).toBe(200);
    await waitFor(
      async () =>
        (
          await cluster.query(
            `select from node_action where extension in ('Foo', 'Bar') and proven_at > now() - interval '1 minute'`,
          )
        ).length >= 2,
      { what: 'its history', deadlineMs: 60_000 },
    );
  });

  test('counts as being where it is when the head goes back to what it has', async () => {
    await cluster.catalog.nodes.pause('node-1', HOLD);
    await agent.until('the pause', ({ paused }) => paused !== undefined);
    await cluster.commit({ name: 'Passing' });
    await agent.until('the queue', ({ queue }) => queue.length > 0);
    const { revision, rootDigest } = await cluster.remove('Passing');
    const node = await agent.until('the head', (seen) => seen.revision === revision);
    expect(node).toMatchObject({ rootDigest, paused: HOLD, queue: [] });
    expect(cluster.names()).toEqual(['Bar', 'Foo']);
  });
});
