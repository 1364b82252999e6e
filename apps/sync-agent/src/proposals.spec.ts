import { rmSync } from 'node:fs';
import path from 'node:path';
import { SmallDisk, waitFor } from '@muster/testing';
import type { PackageSpec } from '@muster/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Gate } from './spec/gate.js';
import type { TrialAgent } from './spec/trial-agent.js';
import { TrialCluster } from './spec/trial-cluster.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

/** Nothing is found by waiting for the next look or beat, and nothing comes from the cache of zips. */
const QUIET = { MUSTER_HEARTBEAT: '1h', MUSTER_DRIFT_PERIOD: '1h', MUSTER_PACKAGE_CACHE_BYTES: '0' };
const BUNDLE: readonly PackageSpec[] = [
  { name: 'Base', version: '2.0.0' },
  { name: 'Top', dependsOn: [{ name: 'Base', version: '2.0.0' }] },
];

describe('agents that get ready for a proposal', () => {
  let cluster: TrialCluster;

  beforeEach(async () => {
    cluster = await TrialCluster.create();
    await cluster.commit({ name: 'Base' });
  });
  afterEach(() => cluster.end());

  const quiet = (node: string, more: Readonly<Record<string, string>> = {}): Promise<TrialAgent> =>
    cluster.ready({ MUSTER_NODE: node, ...QUIET, ...more });
  const both = (): Promise<TrialAgent[]> => Promise.all(['node-1', 'node-2'].map((node) => quiet(node)));
  /** From now on no zip can be had. */
  const loseBytes = (): Promise<unknown> => cluster.query('update blob_chunk set bytes = $1', [Buffer.from('gone')]);
  const bringsHead = async (...agents: TrialAgent[]): Promise<void> => {
    const { revision, rootDigest } = await cluster.catalog.head();
    for (const agent of agents)
      await agent.until('the head', (node) => node.revision === revision && node.rootDigest === rootDigest);
  };

  test('stage it unseen, and install it without fetching when it is activated', async () => {
    const agents = await both();
    const proposal = await cluster.propose(BUNDLE);
    for (const node of ['node-1', 'node-2']) {
      await proposal.until('ready', node);
      expect(cluster.names(node)).toEqual(['Base']);
      expect(cluster.leftovers(node)).not.toEqual([]);
    }
    for (const agent of agents) expect(await agent.node()).toMatchObject({ revision: 1, deployed: true });
    await loseBytes();
    await proposal.activate();
    await bringsHead(...agents);
    for (const node of ['node-1', 'node-2']) {
      expect(cluster.names(node)).toEqual(['Base', 'Top']);
      await waitFor(() => cluster.leftovers(node).length === 0, { what: 'an empty shelf', deadlineMs: 60_000 });
    }
    const lines = agents.map(({ output }) => output.split('ready for a proposal').length - 1);
    expect(lines).toEqual([1, 1]);
  });

  test('keep what is staged over a repair and another revision', async () => {
    const agent = await quiet('node-1');
    const proposal = await cluster.propose(BUNDLE);
    await proposal.until('ready');
    rmSync(path.join(cluster.extension('Base'), 'lib'), { recursive: true });
    await cluster.commit({ name: 'Other' });
    await bringsHead(agent);
    expect(cluster.names()).toEqual(['Base', 'Other']);
    await loseBytes();
    await proposal.activate();
    await bringsHead(agent);
    expect((await agent.node()).parked).toEqual([]);
  });

  test('tell it anew after a restart, when nothing is staged any more', async () => {
    const first = await quiet('node-1');
    const proposal = await cluster.propose(BUNDLE);
    const before = await proposal.until('ready');
    await first.kill();
    await quiet('node-1');
    const after = await proposal.until('ready');
    expect(after.since > before.since).toBe(true);
    const staged = new Set(cluster.leftovers().map((file) => file.split('/')[1]));
    expect(staged.size).toBe(1);
  });

  test('say in words that the package is damaged, and are ready once it is mended', async () => {
    const agent = await quiet('node-1');
    await agent.stop();
    const proposal = await cluster.propose(BUNDLE);
    const flip = (): Promise<unknown> =>
      cluster.query(
        `update blob_chunk set bytes = set_byte(bytes, 40, get_byte(bytes, 40) # 1)
         where blob = (select blob from proposal_package where position = 1)`,
      );
    await flip();
    const again = await quiet('node-1');
    const { reason } = await proposal.until('failed');
    expect(reason).toMatch(/^checksum-mismatch: catalog delivered other bytes for Top 1\.0\.0/);
    const line = 'not ready for a proposal (Base 2.0.0, Top 1.0.0): checksum-mismatch';
    await waitFor(() => again.output.includes(line), { what: 'its line in the log', deadlineMs: 60_000 });
    expect(await again.node()).toMatchObject({ revision: 1, deployed: true, parked: [] });
    await flip();
    expect(await proposal.until('ready')).not.toHaveProperty('reason');
  });

  test('say that the disk is full, and are ready once there is room', async ({ skip }) => {
    if (!(await SmallDisk.canMount())) return skip('needs root and a tmpfs');
    const disk = await SmallDisk.mount(48);
    try {
      await quiet('node-1', { MUSTER_STORAGE: path.join(disk.directory, 'storage') });
      await disk.fill();
      const proposal = await cluster.propose(BUNDLE);
      expect((await proposal.until('failed')).reason).toMatch(/^disk-full: unpacking Base 2\.0\.0 and 1 more needs/);
      disk.empty();
      await proposal.until('ready');
    } finally {
      disk.unmount();
    }
  });

  test('stage nothing while they are paused, and get ready afterwards', async () => {
    await quiet('node-1', { MUSTER_HEARTBEAT: '300ms' });
    await cluster.catalog.nodes.pause('node-1', { reason: 'new disks', actor: 'ann' });
    const proposal = await cluster.propose(BUNDLE);
    const told = () => cluster.query('select code, reason from proposal_readiness');
    await waitFor(async () => (await told()).length === 1, { what: 'the refusal', deadlineMs: 60_000 });
    expect(await told()).toEqual([{ code: 'paused', reason: 'it is paused by ann: new disks' }]);
    expect(await proposal.until('paused')).toMatchObject({ reason: 'is paused by ann: new disks' });
    expect(cluster.leftovers()).toEqual([]);
    await cluster.catalog.nodes.resume('node-1');
    await proposal.until('ready');
  });

  test('drop what is staged when they are forked, and stage it again when that has ended', async () => {
    await quiet('node-1', { MUSTER_HEARTBEAT: '300ms' });
    const proposal = await cluster.propose(BUNDLE);
    await proposal.until('ready');
    await cluster.query('update catalog set id = gen_random_uuid()');
    await cluster.order('verify');
    expect((await proposal.until('failed', 'node-1', 'forked')).reason).toMatch(/^it is forked: /);
    await waitFor(() => cluster.leftovers().length === 0, { what: 'the staged bytes to go', deadlineMs: 60_000 });
    await (await cluster.order('accept-catalog')).answer();
    await proposal.until('ready');
  });

  test('are not ready while it stands behind a dependency that is parked here', async () => {
    const gate = await Gate.create();
    await quiet('node-1', { MUSTER_DEPLOY_HOOK: gate.command, MUSTER_RETRY_FIRST: '1h', MUSTER_HEARTBEAT: '300ms' });
    const ready = await cluster.propose([{ name: 'Top', dependsOn: [{ name: 'Base', version: '1.0.0' }] }]);
    await ready.until('ready');
    gate.fail('node-1-Base-3.0.0');
    await cluster.commit({ name: 'Base', version: '3.0.0' });
    expect((await ready.until('failed', 'node-1', 'parked')).reason).toMatch(
      /^Top: it stands behind Base, which is parked \(hook-failed: hook: .*no licence/,
    );
    gate.open('node-1-Base-3.0.0');
    await cluster.order('retry');
    await ready.until('ready');
  });

  test('are not ready while they wait for the turn to deploy what was committed before', async () => {
    const gate = await Gate.create();
    const hooks = { MUSTER_DEPLOY_HOOK: gate.command, MUSTER_HEARTBEAT: '300ms' };
    await Promise.all(['node-1', 'node-2'].map((node) => quiet(node, hooks)));
    gate.hold('node-1-Other');
    gate.hold('node-2-Other');
    await cluster.commit({ name: 'Other' });
    await waitFor(() => gate.calls.some((call) => call.includes('Other')), { what: 'a hook', deadlineMs: 60_000 });
    const first = gate.calls.some((call) => call.startsWith('begin node-1 deploy Other')) ? 'node-1' : 'node-2';
    const second = first === 'node-1' ? 'node-2' : 'node-1';
    const proposal = await cluster.propose(BUNDLE);
    const { code, reason } = await proposal.until('failed', second);
    expect([code, reason]).toEqual([
      'waiting-turn',
      expect.stringContaining(`it waits for its turn to deploy Other: ${first} has the turn`),
    ]);
    gate.open(`${first}-Other`);
    gate.open(`${second}-Other`);
    await proposal.until('ready', first);
    await proposal.until('ready', second);
  });

  test('let go of what was called off, or has run out', async () => {
    await quiet('node-1');
    const gone = (): Promise<unknown> =>
      waitFor(() => cluster.leftovers().length === 0, { what: 'the staged bytes to go', deadlineMs: 60_000 });
    const off = await cluster.propose(BUNDLE);
    await off.until('ready');
    await off.void();
    await gone();
    const out = await cluster.propose(BUNDLE, 3_000);
    await out.until('ready');
    expect(cluster.leftovers()).not.toEqual([]);
    await gone();
    expect((await out.view()).state).toBe('void');
    expect(cluster.names()).toEqual(['Base']);
  });

  test('hear of it by their heartbeat where nothing has woken them', async () => {
    await quiet('node-1', { MUSTER_HEARTBEAT: '300ms' });
    const first = await cluster.propose(BUNDLE);
    await first.until('ready');
    const columns = 'base_revision, base_chain, changes, plan_digest, actor, expires_at';
    const [copy] = await cluster.query<{ id: string }>(
      `insert into proposal (${columns}) select ${columns} from proposal returning id`,
    );
    await cluster.query(
      `insert into proposal_package (proposal, position, sha256, blob, package)
       select $1, position, sha256, blob, package from proposal_package`,
      [copy?.id],
    );
    const ready = () => cluster.query('select from proposal_readiness where ready and proposal = $1', [copy?.id]);
    await waitFor(async () => (await ready()).length === 1, { what: 'the second', deadlineMs: 60_000 });
  });
});
