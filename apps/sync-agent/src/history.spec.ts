import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NodeStorage } from '@muster/node-storage';
import { waitFor } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { TrialCluster } from './spec/trial-cluster.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

interface Row {
  extension: string;
  kind: string;
  action: string;
  outcome: string;
  revision: string | null;
  version: string | null;
  previous_version: string | null;
  detector: string;
  code: string | null;
  detail: string | null;
  received_at: Date | null;
  started_at: Date;
  fetched_at: Date | null;
  staged_at: Date | null;
  switched_at: Date | null;
  deployed_at: Date | null;
  proven_at: Date | null;
  at: Date;
}

const STAGES = [
  'received_at',
  'started_at',
  'fetched_at',
  'staged_at',
  'switched_at',
  'deployed_at',
  'proven_at',
] as const;

/** The history of a node once it has as many entries of this extension. */
async function history(cluster: TrialCluster, extension: string, count: number, node = 'node-1'): Promise<Row[]> {
  const read = () =>
    cluster.query<Row & Record<string, unknown>>(
      'select * from node_action where node = $1 and extension = $2 order by id',
      [node, extension],
    );
  await waitFor(async () => (await read()).length >= count, {
    what: `${count} entries of ${extension}`,
    deadlineMs: 60_000,
  });
  return read();
}

describe('the history of a node', () => {
  let cluster: TrialCluster;
  beforeAll(async () => {
    cluster = await TrialCluster.create();
  });
  afterAll(() => cluster.end());

  test('has every wanted change with its moments in order, once', async () => {
    const before = new Date();
    const agent = await cluster.ready({ MUSTER_DEPLOY_HOOK: 'sleep 0.05' });
    await cluster.commit({ name: 'Foo' });
    const [installed] = await history(cluster, 'Foo', 1);
    expect(installed).toMatchObject({
      kind: 'wanted-change',
      action: 'install',
      outcome: 'done',
      revision: '1',
      version: '1.0.0',
      previous_version: null,
      detector: 'event',
      code: null,
    });
    const times = STAGES.map((stage) => Number(installed![stage]));
    expect(times.every((time) => time > 0)).toBe(true);
    expect(times.toSorted((left, right) => left - right)).toEqual(times);
    expect(times[0]).toBeGreaterThan(Number(before));
    expect(Number(installed!.deployed_at) - Number(installed!.switched_at)).toBeGreaterThanOrEqual(45);
    expect(installed!.at).toEqual(installed!.proven_at);
    await cluster.commit({ name: 'Foo', version: '1.1.0' });
    await cluster.commit({ name: 'Foo', version: '1.0.5' });
    await cluster.remove('Foo');
    await agent.until('the removal', ({ revision }) => revision === 4);
    const rows = await history(cluster, 'Foo', 2);
    expect(rows.at(-1)).toMatchObject({ action: 'remove', revision: '4', version: null, outcome: 'done' });
    expect(new Set(rows.map(({ revision }) => revision)).size).toBe(rows.length);
  });

  test('has of a collapsed backlog only what was applied, and names what was there', async () => {
    const agent = await cluster.ready({ MUSTER_NODE: 'late' });
    await cluster.commit({ name: 'Late' });
    await history(cluster, 'Late', 1, 'late');
    expect(await agent.stop()).toBe(0);
    for (const version of ['1.1', '1.2', '1.3']) await cluster.commit({ name: 'Late', version });
    await cluster.ready({ MUSTER_NODE: 'late' });
    const rows = await history(cluster, 'Late', 2, 'late');
    expect(rows).toHaveLength(2);
    const { revision } = await cluster.catalog.head();
    expect(rows[1]).toMatchObject({
      action: 'upgrade',
      revision: String(revision),
      version: '1.3',
      previous_version: '1.0.0',
      detector: 'start',
    });
  });
});

async function withCluster(work: (cluster: TrialCluster) => Promise<void>): Promise<void> {
  const cluster = await TrialCluster.create();
  try {
    await work(cluster);
  } finally {
    await cluster.end();
  }
}

describe('what nobody asked for', () => {
  test('is a drift correction that says what was found, also where only the mark is gone', () =>
    withCluster(async (cluster) => {
      await cluster.commit({ name: 'Drifter' });
      await cluster.ready({ MUSTER_DRIFT_PERIOD: '200ms' });
      await history(cluster, 'Drifter', 1);
      appendFileSync(path.join(cluster.extension('Drifter'), 'Drifter.chk'), ' ');
      const [, repaired] = await history(cluster, 'Drifter', 2);
      expect(repaired).toMatchObject({
        kind: 'drift-correction',
        action: 'reinstall',
        outcome: 'done',
        detector: 'timer',
        received_at: null,
        detail: expect.stringContaining('something else than version 1.0.0') as string,
      });
      rmSync(path.join(cluster.storage(), '.muster/deployed/Drifter'));
      const [, , adopted] = await history(cluster, 'Drifter', 3);
      expect(adopted).toMatchObject({ kind: 'drift-correction', action: 'adopt', outcome: 'done' });
    }));

  test('is reported again where it comes back before anybody has looked at the repair', () =>
    withCluster(async (cluster) => {
      const spoil = path.join(cluster.directory, 'spoil');
      // The hook runs after the switch and before the look at what came of it.
      const hook = `if test -e ${spoil}; then rm ${spoil}; echo more > "$MUSTER_PATH/more"; fi`;
      const agent = await cluster.ready({ MUSTER_DRIFT_PERIOD: '200ms', MUSTER_DEPLOY_HOOK: hook });
      await cluster.commit({ name: 'Spoilt' });
      await agent.until('the package', ({ revision }) => revision === 1);
      writeFileSync(spoil, '');
      appendFileSync(path.join(cluster.extension('Spoilt'), 'Spoilt.chk'), ' ');
      await waitFor(async () => (await cluster.report())?.drift.length === 2, {
        what: 'both of them',
        deadlineMs: 30_000,
      });
      expect(existsSync(spoil)).toBe(false);
    }));

  test('is not told of a package that fails and is tried again; each attempt has its reason', () =>
    withCluster(async (cluster) => {
      const stop = path.join(cluster.directory, 'stop');
      writeFileSync(stop, '');
      const agent = await cluster.ready({ MUSTER_DEPLOY_HOOK: `test ! -e ${stop}`, MUSTER_RETRY_FIRST: '200ms' });
      await cluster.commit({ name: 'Bad' });
      const failed = await history(cluster, 'Bad', 2);
      expect(failed[0]).toMatchObject({
        kind: 'wanted-change',
        outcome: 'parked',
        code: 'hook-failed',
        detector: 'event',
        deployed_at: null,
        proven_at: null,
      });
      expect(failed[1]).toMatchObject({ kind: 'wanted-change', outcome: 'parked', detector: 'retry' });
      rmSync(stop);
      await agent.until('the retried one', ({ parked }) => parked.length === 0);
      await waitFor(async () => (await history(cluster, 'Bad', 2)).at(-1)?.outcome === 'done', {
        what: 'the one that succeeds',
        deadlineMs: 60_000,
      });
      expect((await history(cluster, 'Bad', 3)).every(({ kind }) => kind === 'wanted-change')).toBe(true);
    }));
});

describe('on the origin', () => {
  test('the node has a part in what an import put there before it was committed', () =>
    withCluster(async (cluster) => {
      const agent = await cluster.ready({ MUSTER_NODE: 'origin', MUSTER_DRIFT_PERIOD: '1h' });
      await cluster.commit({ name: 'Here' });
      await history(cluster, 'Here', 1, 'origin');
      const importer = await NodeStorage.open({
        storage: cluster.storage('origin'),
        node: 'origin',
        service: 'import-service',
      });
      await importer.lock.withLock('an import', async () => {
        rmSync(cluster.extension('Here', 'origin'), { recursive: true });
        rmSync(path.join(cluster.storage('origin'), '.muster/deployed/Here'));
        await cluster.remove('Here');
      });
      await importer.close();
      await agent.until('the removal', ({ revision }) => revision === 2);
      const [, removed] = await history(cluster, 'Here', 2, 'origin');
      expect(removed).toMatchObject({
        kind: 'wanted-change',
        action: 'remove',
        revision: '2',
        outcome: 'done',
        detector: 'event',
        detail: 'it was so already',
        received_at: expect.any(Date) as Date,
        proven_at: expect.any(Date) as Date,
        switched_at: null,
      });
      expect(existsSync(cluster.extension('Here', 'origin'))).toBe(false);
    }));
});

describe('the trace of an import', () => {
  test('is in the log lines of what the node does for it, with revision and extension', () =>
    withCluster(async (cluster) => {
      const agent = await cluster.ready();
      const traceId = '0af7651916cd43dd8448eb211c80319c';
      const { revision } = await cluster.commitTraced(`00-${traceId}-b7ad6b7169203331-01`, { name: 'Traced' });
      await agent.until('the revision', (node) => node.revision === revision);
      const line = agent.output
        .split('\n')
        .flatMap((text) => (text.includes('install Traced') ? [JSON.parse(text) as Record<string, unknown>] : []));
      expect(line).toMatchObject([{ extension: 'Traced', revision, traceId }]);
      expect(line[0]!['traceparent']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    }));
});
