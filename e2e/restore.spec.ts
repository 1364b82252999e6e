import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPackage, waitFor } from '@muster/testing';
import { Backup } from './backup.js';
import { Cluster, describeOnEachLog, request } from './cluster.js';
import { digestOfTree, extensionsIn } from './disk.js';

/** Versions of one extension, one revision each. */
const BEFORE_BACKUP = 3;
const LOST = 4;

describeOnEachLog('a database restored from an older backup', (log) => {
  let cluster: Cluster;
  let lostTrees: string;

  const importVersion = async (version: string, text: string): Promise<number> => {
    const zip = buildPackage({ name: 'Counter', version, files: { 'ui/text.js': text } });
    const answer = await cluster.import(zip);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body.revision;
  };
  const states = async (): Promise<string[]> =>
    Promise.all(cluster.nodeIds.map(async (node) => (await cluster.node(node)).state));
  const tree = (node: string): string => digestOfTree(path.join(cluster.storage(node), 'extensions'));
  const accept = (node: string) =>
    request(`${cluster.importUrl()}/nodes/${node}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'accept-catalog' }),
    });

  beforeAll(async () => {
    cluster = await Cluster.start({ log, env: { MUSTER_DRIFT_PERIOD: '1s' } });
    for (let n = 1; n <= BEFORE_BACKUP; n += 1) await importVersion(`1.${n}.0`, 'kept');
    expect((await cluster.convergence()).state).toBe('converged');
    await cluster.down();
    const backup = await Backup.of(cluster.databaseUrl);
    await cluster.up();
    for (let n = 1; n <= LOST; n += 1) await importVersion(`2.${n}.0`, 'lost');
    expect((await cluster.convergence()).state).toBe('converged');
    await cluster.down();
    await backup.restore();
    lostTrees = tree('node-1');
    await cluster.up({ ready: false });
  });
  afterAll(() => cluster.down());

  test('every node says forked, keeps what it has, and the cluster is not converged', async () => {
    await waitFor(async () => (await states()).every((state) => state === 'forked'), {
      deadlineMs: 60_000,
      what: () => `forked nodes; the cluster printed:\n${cluster.output}`,
    });
    for (const node of cluster.nodeIds) expect(tree(node)).toBe(lostTrees);
    expect((await cluster.convergence(undefined, '0s')).state).not.toBe('converged');
  });

  test('an import on a forked origin is refused with the remedy', async () => {
    const answer = await cluster.import(buildPackage({ name: 'Refused' }));
    expect([409, 503]).toContain(answer.status);
    expect(JSON.stringify(answer.body)).toContain('accept-catalog');
    for (const node of cluster.nodeIds) expect(extensionsIn(cluster.storage(node))).toEqual(['Counter']);
  });

  test('imports go on with the same numbers once the origin has accepted; no other node takes them for the old ones', async () => {
    expect((await accept('node-1')).status).toBe(202);
    await waitFor(async () => (await cluster.node('node-1')).state === 'live', {
      deadlineMs: 30_000,
      what: () => 'node-1 following again',
    });
    for (let n = 1; n <= LOST; n += 1) {
      expect(await importVersion(`3.${n}.0`, 'new')).toBe(BEFORE_BACKUP + n);
      expect(await states()).toEqual(['live', 'forked', 'forked']);
    }
    expect((await cluster.convergence(BEFORE_BACKUP + LOST, '0s')).state).not.toBe('converged');
    for (const node of ['node-2', 'node-3']) expect(tree(node)).toBe(lostTrees);
  });

  test('accepting heals all', async () => {
    for (const node of ['node-2', 'node-3']) expect((await accept(node)).status).toBe(202);
    await waitFor(async () => (await cluster.convergence(undefined, '30s')).state === 'converged', {
      deadlineMs: 60_000,
      what: () => 'a cluster of one history',
    });
    expect(new Set(cluster.nodeIds.map(tree)).size).toBe(1);
    expect(tree('node-2')).not.toBe(lostTrees);
    expect((await cluster.node('node-2')).rejoin?.way).toBe('snapshot');
  });
});
