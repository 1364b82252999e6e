import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { NodeEntities, NodeView } from '@muster/contracts';
import { NodeStorage } from '@muster/node-storage';
import { waitFor } from '@muster/testing';
import { extensionOf } from './spec/trial-agent.js';
import type { TrialAgent } from './spec/trial-agent.js';
import { TrialCluster } from './spec/trial-cluster.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

describe('an agent that follows its catalog', () => {
  let cluster: TrialCluster;
  let agent: TrialAgent;
  beforeAll(async () => {
    cluster = await TrialCluster.create();
    await cluster.commit({ name: 'First', entities: [{ type: 'Widget', name: 'first-widget' }] });
    agent = await cluster.ready();
  });
  afterAll(() => cluster.end());

  test('has at its start what the catalog wants, and proves it', async () => {
    const head = await cluster.catalog.head();
    const node = await agent.node();
    expect(node).toMatchObject({
      state: 'live',
      revision: 1,
      chain: head.chain,
      rootDigest: head.rootDigest,
      deployed: true,
    });
    expect(extensionOf(node, 'First')).toMatchObject({
      state: 'in-sync',
      version: '1.0.0',
      deployed: true,
      revision: 1,
    });
    expect(readFileSync(path.join(cluster.extension('First'), 'lib/common/First.jar'), 'utf8')).toBe('First 1.0.0\n');
    const report = await waitFor(async () => (await cluster.report())?.revision === 1 && cluster.report(), {
      what: 'the report',
      deadlineMs: 60_000,
    });
    expect(report).toMatchObject({ rootDigest: head.rootDigest, storageId: node.storageId, instance: node.instance });
  });

  test('takes in an upgrade, a bundle and a removal as they are committed', async () => {
    const upgrade = await cluster.commit({
      name: 'First',
      version: '1.1.0',
      entities: [{ type: 'Widget', name: 'new-widget' }],
    });
    const upgraded = await agent.until('the upgrade', ({ revision }) => revision === upgrade.revision);
    expect(extensionOf(upgraded, 'First')).toMatchObject({ state: 'in-sync', version: '1.1.0' });
    const bundle = await cluster.commit(
      { name: 'Base' },
      { name: 'Needy', dependsOn: [{ name: 'Base', version: '1.0.0' }] },
    );
    const both = await agent.until('the bundle', ({ revision }) => revision === bundle.revision);
    expect(both.rootDigest).toBe(bundle.rootDigest);
    const removal = await cluster.remove('First');
    const without = await agent.until('the removal', ({ revision }) => revision === removal.revision);
    expect(cluster.names()).toEqual(['Base', 'Needy']);
    expect(without).toMatchObject({ rootDigest: removal.rootDigest, queue: [], parked: [] });
    await waitFor(() => cluster.leftovers().length === 0, { what: 'an empty trash', deadlineMs: 60_000 });
  });

  test('offers the entities of what is deployed', async () => {
    await cluster.commit({
      name: 'Giver',
      entities: [
        { type: 'Widget', name: 'b' },
        { type: 'Resource', name: 'a' },
      ],
    });
    await agent.until('the package', (node) => extensionOf(node, 'Giver')?.state === 'in-sync');
    const { entities } = await agent.get<NodeEntities>('/entities');
    expect(entities).toEqual([
      { type: 'Resource', name: 'a', extension: 'Giver' },
      { type: 'Widget', name: 'b', extension: 'Giver' },
    ]);
  });

  test('keeps up with a burst, and ends at the head', async () => {
    let last = 0;
    for (let index = 0; index < 12; index += 1)
      last = (await cluster.commit({ name: `Burst-${index % 4}`, version: `1.0.${index}` })).revision;
    const node = await agent.until('the head', ({ revision }) => revision === last);
    expect(node.rootDigest).toBe((await cluster.catalog.head()).rootDigest);
  });

  test('is described, and counted', async () => {
    const docs = await agent.get<{ paths: Record<string, unknown> }>('/docs-json');
    expect(Object.keys(docs.paths)).toEqual(expect.arrayContaining(['/node', '/extensions', '/entities']));
    const metrics = await (await fetch(`${agent.url}/metrics`)).text();
    expect(metrics).toMatch(/muster_looks_total\{reason="event".*\} [1-9]/);
    expect(metrics).toMatch(/muster_steps_applied_total\{kind="install".*\} [1-9]/);
  });

  test('says that it stops, gives its id back, and starts again where it was', async () => {
    expect(await agent.stop()).toBe(0);
    expect((await cluster.report())?.state).toBe('stopped');
    expect((await cluster.catalog.nodes.expected())[0]).toMatchObject({ node: 'node-1', leased: false });
    agent = await cluster.ready();
    const node = await agent.node();
    expect(node.rootDigest).toBe((await cluster.catalog.head()).rootDigest);
  });
});

describe('an agent that finds its storage harmed at its start', () => {
  test('puts right what is missing, stale, corrupted, unwanted, half done, and leaves what is foreign', async () => {
    const cluster = await TrialCluster.create();
    try {
      for (const name of ['Missing', 'Stale', 'Corrupted', 'Unwanted', 'Undeployed', 'Unmarked'])
        await cluster.commit({ name });
      const first = await cluster.ready();
      expect(await first.stop()).toBe(0);
      rmSync(cluster.extension('Missing'), { recursive: true });
      await cluster.commit({ name: 'Stale', version: '2.0.0' });
      appendFileSync(path.join(cluster.extension('Corrupted'), 'Corrupted.chk'), ' ');
      await cluster.remove('Unwanted');
      const markFile = path.join(cluster.storage(), '.muster/deployed/Undeployed');
      writeFileSync(
        markFile,
        JSON.stringify({ ...(JSON.parse(readFileSync(markFile, 'utf8')) as object), hook: 'pending' }),
      );
      rmSync(path.join(cluster.storage(), '.muster/deployed/Unmarked'));
      mkdirSync(cluster.extension('Handmade'));
      mkdirSync(path.join(cluster.storage(), '.muster/staging/dead-instance/half'), { recursive: true });

      const calls = path.join(cluster.directory, 'calls');
      const agent = await cluster.ready({ MUSTER_DEPLOY_HOOK: `echo "$MUSTER_ACTION $MUSTER_EXTENSION" >> ${calls}` });
      const head = await cluster.catalog.head();
      const node = await agent.node();
      expect(node).toMatchObject({
        revision: head.revision,
        rootDigest: head.rootDigest,
        deployed: true,
        foreign: ['Handmade'],
      });
      expect(cluster.names()).toEqual(['Corrupted', 'Handmade', 'Missing', 'Stale', 'Undeployed', 'Unmarked']);
      expect(node.drift.map(({ extension }) => extension).toSorted()).toEqual(['Corrupted', 'Missing']);
      const hooks = readFileSync(calls, 'utf8');
      for (const call of ['deploy Undeployed', 'deploy Stale', 'undeploy Unwanted']) expect(hooks).toContain(call);
      expect(existsSync(path.join(cluster.storage(), '.muster/staging/dead-instance'))).toBe(false);
    } finally {
      await cluster.end();
    }
  });
});

describe('drift', () => {
  test('is found on the timer, reported, and put right', async () => {
    const cluster = await TrialCluster.create();
    try {
      await cluster.commit({ name: 'Drifter' });
      const agent = await cluster.ready({ MUSTER_DRIFT_PERIOD: '200ms' });
      const jar = path.join(cluster.extension('Drifter'), 'lib/common/Drifter.jar');
      writeFileSync(jar, 'other');
      const node = await agent.until('the correction', ({ drift }) => drift.length === 1);
      expect(node.drift[0]).toMatchObject({ extension: 'Drifter', found: expect.stringContaining('1.0.0') as string });
      await waitFor(() => readFileSync(jar, 'utf8') === 'Drifter 1.0.0\n', {
        what: 'the healed file',
        deadlineMs: 60_000,
      });
      const healed = await agent.until('the proof', (seen) => extensionOf(seen, 'Drifter')?.state === 'in-sync');
      expect(healed.rootDigest).toBe((await cluster.catalog.head()).rootDigest);
      await waitFor(async () => (await cluster.report())?.drift.length === 1, {
        what: 'the reported correction',
        deadlineMs: 60_000,
      });
      expect((await agent.node()).drift).toHaveLength(1);
    } finally {
      await cluster.end();
    }
  });
});

describe('while an import holds the lock', () => {
  test('a look waits and says for whom; nothing is proven or changed; a stop does not wait', async () => {
    const cluster = await TrialCluster.create();
    try {
      await cluster.commit({ name: 'Held' });
      const agent = await cluster.ready({ MUSTER_DRIFT_PERIOD: '200ms' });
      const importer = await NodeStorage.open({
        storage: cluster.storage(),
        node: 'node-1',
        service: 'import-service',
      });
      await importer.lock.withLock('an import', async () => {
        const jar = path.join(cluster.extension('Held'), 'lib/common/Held.jar');
        writeFileSync(jar, 'half done');
        await cluster.commit({ name: 'Later' });
        const waits = ({ step }: NodeView): boolean => step?.detail?.includes('import-service') === true;
        const node = await agent.until('the wait', (seen) => waits(seen) && seen.queue.length > 0);
        const holder = { service: 'import-service', pid: process.pid, purpose: 'an import' };
        expect(node.lock).toMatchObject(holder);
        const reported = await waitFor(async () => (await cluster.report())?.lock, { what: 'the reported holder' });
        expect(reported).toEqual({ ...holder, node: 'node-1', since: expect.any(String) as string });
        expect(node.queue).toContainEqual({ extension: 'Later', revision: 2 });
        const { provenAt } = node;
        const { seq } = node;
        const later = await agent.until('two more reports', (seen) => seen.seq > seq + 1);
        expect(later).toMatchObject({ provenAt, revision: 1, drift: [] });
        expect(readFileSync(jar, 'utf8')).toBe('half done');
        expect(await agent.stop()).toBe(0);
        expect((await cluster.report())?.state).toBe('stopped');
      });
      await importer.close();
      const again = await cluster.ready();
      expect(await again.node()).toMatchObject({ revision: 2, drift: [{ extension: 'Held' }] });
    } finally {
      await cluster.end();
    }
  });
});

describe('a package that fails here', () => {
  test('is parked with its dependant while the rest goes on, retried, and replaced by its mended version at once', async () => {
    const cluster = await TrialCluster.create();
    try {
      const hook = path.join(cluster.directory, 'hook.sh');
      writeFileSync(
        hook,
        '#!/bin/sh\nif [ "$MUSTER_EXTENSION $MUSTER_VERSION $MUSTER_ACTION" = "Bad 1.0.0 deploy" ]; then echo "licence missing" >&2; exit 3; fi\n',
      );
      chmodSync(hook, 0o755);
      const agent = await cluster.ready({
        MUSTER_DEPLOY_HOOK: hook,
        MUSTER_RETRY_FIRST: '300ms',
        MUSTER_RETRY_MAX: '1s',
      });
      await cluster.commit({ name: 'Bad' }, { name: 'Needy', dependsOn: [{ name: 'Bad', version: '1.0.0' }] });
      const last = await cluster.commit({ name: 'Good' });
      const node = await agent.until('the rest', (seen) => seen.revision === last.revision && seen.parked.length === 2);
      expect(extensionOf(node, 'Good')?.state).toBe('in-sync');
      expect(cluster.names()).toEqual(['Good']);
      expect(extensionOf(node, 'Bad')).toMatchObject({ state: 'parked', lastFailure: { code: 'hook-failed' } });
      expect(extensionOf(node, 'Bad')!.lastFailure!.detail).toContain('licence missing');
      expect(extensionOf(node, 'Needy')).toMatchObject({ state: 'parked', waitsFor: 'Bad' });
      const again = await agent.until('a second attempt', (seen) => (extensionOf(seen, 'Bad')?.attempts ?? 0) >= 2);
      expect(extensionOf(again, 'Bad')!.firstFailure!.at).toBe(extensionOf(node, 'Bad')!.firstFailure!.at);
      const mended = await cluster.commit({ name: 'Bad', version: '1.0.1' });
      const whole = await agent.until(
        'the mended one',
        (seen) => seen.revision === mended.revision && seen.parked.length === 0,
      );
      expect(whole).toMatchObject({ rootDigest: mended.rootDigest, deployed: true });
      expect(cluster.names()).toEqual(['Bad', 'Good', 'Needy']);
    } finally {
      await cluster.end();
    }
  });

  test('is tried again at once by an order', async () => {
    const cluster = await TrialCluster.create();
    try {
      const stop = path.join(cluster.directory, 'stop');
      writeFileSync(stop, '');
      const agent = await cluster.ready({ MUSTER_DEPLOY_HOOK: `test ! -e ${stop}`, MUSTER_RETRY_FIRST: '1h' });
      await cluster.commit({ name: 'Held' });
      await agent.until('the parked one', ({ parked }) => parked.length === 1);
      rmSync(stop);
      const id = await cluster.catalog.orders.insert({
        node: 'node-1',
        kind: 'retry',
        actor: 'trial',
        expiresAfterMs: 60_000,
      });
      await agent.until('the retried one', (seen) => extensionOf(seen, 'Held')?.state === 'in-sync');
      await waitFor(
        async () => (await cluster.catalog.nodes.instructions('node-1')).orders.every((order) => order.id !== id),
        {
          what: 'the order to be done',
          deadlineMs: 60_000,
        },
      );
    } finally {
      await cluster.end();
    }
  });
});
