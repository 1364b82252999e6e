import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { flip } from './spec/damage.js';
import { TrialCluster } from './spec/trial-cluster.js';

vi.setConfig({ testTimeout: 240_000 });

async function withCluster(work: (cluster: TrialCluster) => Promise<void>): Promise<void> {
  const cluster = await TrialCluster.create();
  try {
    await work(cluster);
  } finally {
    await cluster.end();
  }
}

describe('an order', () => {
  test('to verify hashes what it names, says what differed, and has it put right', () =>
    withCluster(async (cluster) => {
      for (const name of ['Good', 'Harmed', 'Other']) await cluster.commit({ name });
      const agent = await cluster.ready({ MUSTER_DRIFT_PERIOD: '1h' });
      flip(path.join(cluster.extension('Harmed'), 'lib/common/Harmed.jar'));
      const order = await cluster.order('verify', { extensions: ['Good', 'Harmed'] });
      expect(await order.answer()).toEqual({
        revision: 3,
        verified: ['Good', 'Harmed'],
        differing: ['Harmed'],
        brought: ['Harmed'],
        parked: [],
      });
      expect(readFileSync(path.join(cluster.extension('Harmed'), 'lib/common/Harmed.jar'), 'utf8')).toBe(
        'Harmed 1.0.0\n',
      );
      expect((await agent.node()).drift).toHaveLength(1);
      expect(await (await cluster.order('verify')).answer()).toMatchObject({
        verified: ['Good', 'Harmed', 'Other'],
        differing: [],
      });
    }));

  test('to retry and to resync says what came of it, also where it fails again', () =>
    withCluster(async (cluster) => {
      const stop = path.join(cluster.directory, 'stop');
      writeFileSync(stop, '');
      const agent = await cluster.ready({
        MUSTER_DEPLOY_HOOK: `echo once >> ${stop}.calls; test ! -e ${stop}`,
        MUSTER_RETRY_FIRST: '1h',
        MUSTER_RETRY_MAX: '1h',
        MUSTER_DRIFT_PERIOD: '1h',
      });
      await cluster.commit({ name: 'Held' });
      await cluster.commit({ name: 'Needy', dependsOn: [{ name: 'Held', version: '1.0.0' }] });
      await agent.until('the parked ones', ({ parked, revision }) => parked.length === 2 && revision === 2);
      const calls = readFileSync(`${stop}.calls`, 'utf8').length;
      const failing = await (await cluster.order('retry')).answer();
      expect(failing).toMatchObject({ revision: 2, verified: [], differing: ['Held', 'Needy'], brought: [] });
      expect(failing['parked']).toEqual([
        { extension: 'Held', reason: expect.stringContaining('hook-failed') as string },
        { extension: 'Needy', reason: expect.stringContaining('stands behind Held') as string },
      ]);
      // Tried once, and backed out once, for one order.
      expect(readFileSync(`${stop}.calls`, 'utf8').length).toBe(calls + 2 * 'once\n'.length);
      rmSync(stop);
      rmSync(cluster.extension('Needy'), { recursive: true, force: true });
      const order = await cluster.order('resync');
      expect(await order.answer()).toEqual({
        revision: 2,
        verified: ['Held', 'Needy'],
        differing: ['Held', 'Needy'],
        brought: ['Held', 'Needy'],
        parked: [],
      });
      expect(cluster.names()).toEqual(['Held', 'Needy']);
    }));

  test('of a kind from the future stays open, and the others are carried out', () =>
    withCluster(async (cluster) => {
      await cluster.commit({ name: 'Some' });
      await cluster.ready();
      await cluster.query('alter table node_order drop constraint if exists node_order_kind_check');
      await cluster.query(
        `insert into node_order (node, kind, detail, actor, expires_at) values ('node-1', 'dance', '{}', 'trial', now() + interval '1h')`,
      );
      await (await cluster.order('verify')).answer();
      const open = await cluster.query<{ kind: string }>('select kind from node_order where done_at is null');
      expect(open).toEqual([{ kind: 'dance' }]);
    }));
});

describe('settings', () => {
  test('MUSTER_FOREIGN=prune removes what nobody wants, and says so in a preview', () =>
    withCluster(async (cluster) => {
      await cluster.commit({ name: 'Ours' });
      const agent = await cluster.ready({ MUSTER_FOREIGN: 'prune', MUSTER_DRIFT_PERIOD: '1h' });
      for (const name of ['Handmade', '.hidden thing'])
        writeAt(path.join(cluster.storage(), 'extensions', name), 'file');
      const preview = await (await cluster.order('preview', { extensions: ['Ours'], redeploy: false })).answer();
      expect(preview).toMatchObject({ plan: { remove: ['.hidden thing', 'Handmade'], install: [], skip: 1 } });
      expect(cluster.names()).toHaveLength(3);
      expect(await (await cluster.order('resync')).answer()).toMatchObject({ brought: ['.hidden thing', 'Handmade'] });
      expect(cluster.names()).toEqual(['Ours']);
      expect((await agent.node()).foreign).toEqual([]);
    }));

  test('MUSTER_RETIRE_ON_STOP=yes: a node that was stopped is expected no more, until it returns', () =>
    withCluster(async (cluster) => {
      await cluster.commit({ name: 'Ours' });
      const environment = { MUSTER_RETIRE_ON_STOP: 'yes' };
      const agent = await cluster.ready(environment);
      expect(await cluster.catalog.nodes.expected()).toHaveLength(1);
      expect(await agent.stop()).toBe(0);
      expect((await cluster.report())?.state).toBe('retired');
      expect(await cluster.catalog.nodes.expected()).toEqual([]);
      const again = await cluster.ready(environment);
      expect(await cluster.catalog.nodes.expected()).toMatchObject([{ node: 'node-1', leased: true }]);
      // A crash is no retirement: the node is missed.
      await again.kill();
      expect(await cluster.catalog.nodes.expected()).toHaveLength(1);
    }));
});

function writeAt(directory: string, file: string): void {
  mkdirSync(directory);
  appendFileSync(path.join(directory, file), 'by hand');
}
