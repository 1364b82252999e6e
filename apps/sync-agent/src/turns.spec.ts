import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { NodeView } from '@muster/contracts';
import { waitFor } from '@muster/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Gate } from './spec/gate.js';
import { extensionOf } from './spec/trial-agent.js';
import type { TrialAgent } from './spec/trial-agent.js';
import { TrialCluster } from './spec/trial-cluster.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

describe('agents whose hooks run in turn', () => {
  let cluster: TrialCluster;
  let gate: Gate;
  let one: TrialAgent;
  let two: TrialAgent;

  const start = (node: string): Promise<TrialAgent> =>
    cluster.ready({
      MUSTER_NODE: node,
      MUSTER_DEPLOY_HOOK: gate.command,
      MUSTER_DRIFT_PERIOD: '300ms',
      MUSTER_RETRY_FIRST: '5m',
    });
  const stands = (name: string, node: string): string =>
    readFileSync(path.join(cluster.extension(name, node), `lib/common/${name}.jar`), 'utf8');
  const began = (call: string): Promise<boolean> =>
    waitFor(() => gate.calls.includes(`begin ${call}`), { what: `${call} to begin`, deadlineMs: 60_000 });
  const converged = async (): Promise<void> => {
    const { rootDigest, revision } = await cluster.catalog.head();
    for (const agent of [one, two])
      await agent.until(
        'the head',
        (node) => node.revision === revision && node.rootDigest === rootDigest && node.deployed,
      );
  };
  const waits = (extension: string) => (node: NodeView) => extensionOf(node, extension)?.state === 'waiting-turn';
  /** The row of a turn runs out, as it does when its holder is silent for too long; nobody waits for the next asking. */
  const expire = async (): Promise<void> => {
    await cluster.query('update deploy_lease set expires_at = clock_timestamp()');
    await cluster.query(`select pg_notify('muster_turn', '')`);
  };
  /** Commits while node-2 is held, so that node-1 is the first. */
  const commitFirstOnOne = async (...specs: Parameters<TrialCluster['commit']>): Promise<void> => {
    await cluster.catalog.nodes.pause('node-2', { reason: 'node-1 first', actor: 'trial' });
    await two.until('the pause', ({ paused }) => paused !== undefined);
    await cluster.commit(...specs);
  };

  beforeAll(async () => {
    cluster = await TrialCluster.create();
    gate = await Gate.create();
    await cluster.commit({ name: 'Foo' });
    [one, two] = await Promise.all([start('node-1'), start('node-2')]);
    await converged();
  });
  afterAll(() => cluster.end());

  test('switch a bundle back to back, and are not ready until its last hook has ended', async () => {
    gate.hold('node-1-Base');
    await commitFirstOnOne({ name: 'Base' }, { name: 'Top', dependsOn: [{ name: 'Base', version: '1.0.0' }] });
    await began('node-1 deploy Base 1.0.0');
    const node = await one.until('the switch', ({ switching }) => switching !== undefined);
    expect(node.switching?.extensions).toEqual(['Base', 'Top']);
    expect(cluster.names()).toEqual(['Base', 'Foo', 'Top']);
    const ready = await fetch(`${one.url}/health/ready`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('switches Base, Top together')]);
    gate.open('node-1-Base');
    expect((await one.until('its end', ({ switching }) => switching === undefined)).switching).toBeUndefined();
    await one.ready();
    await cluster.catalog.nodes.resume('node-2');
    await converged();
  });

  test('look, prove and answer while somebody holds the lock of all turns, as long as nothing is to be done', async () => {
    const other = new Client({ connectionString: cluster.database.ownerUrl });
    await other.connect();
    await other.query('begin');
    await other.query(`select pg_advisory_xact_lock(${0x4d7573547572})`);
    const verify = await cluster.order('verify', {}, 'node-2');
    expect(await verify.answer()).toMatchObject({ differing: [] });
    await other.end();
  });

  test('keep the old version while they wait, say for whom, and go on proving', async () => {
    gate.hold('node-1-Foo');
    await commitFirstOnOne({ name: 'Foo', version: '2.0.0' });
    await began('node-1 deploy Foo 2.0.0');
    await cluster.catalog.nodes.resume('node-2');
    const waiting = await two.until('its wait', waits('Foo'));
    expect(extensionOf(waiting, 'Foo')?.turn).toMatchObject({ node: 'node-1', failed: false });
    expect(extensionOf(waiting, 'Foo')?.turn?.detail).toContain('node-1 has the turn, for Foo');
    expect(stands('Foo', 'node-2')).toContain('1.0.0');
    const later = await two.until(
      'a later proof',
      ({ provenAt, step }) => provenAt! > waiting.provenAt! && step?.state === 'waiting-turn',
    );
    expect(later.step).toMatchObject({ extension: 'Foo', detail: expect.stringContaining('node-1 has the turn') });
    expect(gate.calls).not.toContain('begin node-2 deploy Foo 2.0.0');
    gate.open('node-1-Foo');
    await converged();
    const [ended, begun] = ['end node-1', 'begin node-2'].map((call) => gate.calls.indexOf(`${call} deploy Foo 2.0.0`));
    expect(ended).toBeLessThan(begun!);
  });

  test('give their place up where a later change leaves them nothing to wait for', async () => {
    gate.hold('node-1-Foo');
    await commitFirstOnOne({ name: 'Foo', version: '2.5.0' });
    await began('node-1 deploy Foo 2.5.0');
    await cluster.catalog.nodes.resume('node-2');
    await two.until('its wait', waits('Foo'));
    expect(cluster.leftovers('node-2')).not.toEqual([]);
    const { revision } = await cluster.commit({ name: 'Foo', version: '2.0.0' });
    await two.until('the head', (node) => node.revision === revision && extensionOf(node, 'Foo')?.state === 'in-sync');
    expect(await cluster.query('select node from deploy_lease')).toEqual([{ node: 'node-1' }]);
    await waitFor(() => cluster.leftovers('node-2').length === 0, {
      what: 'the staged tree to go',
      deadlineMs: 60_000,
    });
    gate.open('node-1-Foo');
    await converged();
  });

  test('stop at the first that fails: the others stay as they were, until it is mended there', async () => {
    gate.fail('node-1-Foo-3.0.0');
    await commitFirstOnOne({ name: 'Foo', version: '3.0.0' });
    await one.until('the failure', (node) => extensionOf(node, 'Foo')?.state === 'parked');
    await cluster.catalog.nodes.resume('node-2');
    const { revision } = await cluster.commit({ name: 'Other' });
    const barred = await two.until('the other change', (node) => node.revision === revision && waits('Foo')(node));
    expect(extensionOf(barred, 'Foo')?.turn).toMatchObject({ node: 'node-1', failed: true });
    expect(extensionOf(barred, 'Foo')?.turn?.detail).toContain('no licence');
    expect(extensionOf(barred, 'Other')?.state).toBe('in-sync');
    expect([stands('Foo', 'node-1'), stands('Foo', 'node-2')].map((text) => text.includes('2.0.0'))).toEqual([
      true,
      true,
    ]);
    gate.open('node-1-Foo-3.0.0');
    await cluster.order('retry', { extensions: ['Foo'] });
    await converged();
    expect(await cluster.query('select * from deploy_failure')).toEqual([]);
  });

  test('do not follow one that died in its hook, until it is back and has come through', async () => {
    gate.hold('node-1-Foo');
    await commitFirstOnOne({ name: 'Foo', version: '4.0.0' });
    await began('node-1 deploy Foo 4.0.0');
    await one.kill();
    await cluster.catalog.nodes.resume('node-2');
    await two.until('its wait', waits('Foo'));
    await expire();
    const barred = await two.until('the silence', (node) => extensionOf(node, 'Foo')?.turn?.failed === true);
    expect(extensionOf(barred, 'Foo')?.turn?.detail).toBe('node-1 fell silent while it ran the hook of Foo');
    expect(stands('Foo', 'node-2')).toContain('3.0.0');
    gate.open('node-1-Foo');
    one = await start('node-1');
    await converged();
  });

  test('do not start a hook when their turn has run out meanwhile, and ask for it again', async () => {
    gate.hold('node-1-Base');
    await commitFirstOnOne(
      { name: 'Base', version: '2.0.0' },
      { name: 'Top', version: '2.0.0', dependsOn: [{ name: 'Base', version: '2.0.0' }] },
    );
    await began('node-1 deploy Base 2.0.0');
    await expire();
    gate.hold('node-1-Top');
    gate.open('node-1-Base');
    await waitFor(() => one.output.includes('its turn ran out'), { what: 'the lost turn', deadlineMs: 60_000 });
    await began('node-1 deploy Top 2.0.0');
    gate.open('node-1-Top');
    await cluster.catalog.nodes.resume('node-2');
    await converged();
    expect(gate.calls.filter((call) => call === 'begin node-1 deploy Top 2.0.0')).toHaveLength(1);
  });
});
