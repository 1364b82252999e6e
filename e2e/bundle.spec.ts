import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImportResult, Problem } from '@muster/contracts';
import { buildZip } from '@muster/testing';
import { Cluster, countOn, describeOnEachLog, request, type Answer } from './cluster.js';
import { randomGraph, shuffled } from './dependency-graph.js';
import { watchDependencies } from './dependency-watch.js';
import { digestOfTree, extensionsIn } from './disk.js';
import { Random } from './random.js';

const SCALE = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');
const COUNT = SCALE > 1 ? 100 : 30;
const SEED = Number(process.env['MUSTER_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

describeOnEachLog('a random graph of packages', (log) => {
  const count = countOn(log, COUNT, 12);
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ log });
  });
  afterAll(() => cluster.down());

  /** Every node's trees, byte for byte, once all have proven the head. */
  async function endState(): Promise<{ digest: string | undefined; trees: string[] }> {
    const { state, digest } = await cluster.convergence(undefined, '60s');
    expect(state).toBe('converged');
    return { digest, trees: cluster.nodeIds.map((node) => digestOfTree(`${cluster.storage(node)}/extensions`)) };
  }

  function remove(name: string): Promise<Answer<ImportResult & Problem>> {
    return request(`${cluster.importUrl()}/extensions/${name}?cascade=true`, { method: 'DELETE' });
  }

  test(`${count} packages as a bundle and one by one end the same, and nobody ever has one without its needs (MUSTER_TEST_SEED=${SEED})`, async () => {
    const random = new Random(SEED);
    const packages = randomGraph(count, random);
    const watch = watchDependencies(cluster, packages);
    const entries = shuffled(packages, random).map(({ name, zip }) => ({ name: `${name}.zip`, data: zip }));
    const bundle = await cluster.import(buildZip(entries));
    expect(bundle.status, JSON.stringify(bundle.body)).toBe(201);
    expect(bundle.body).toMatchObject({ revision: 1 });
    expect(bundle.body.changes).toHaveLength(count);
    expect(bundle.body.packages?.map(({ outcome }) => outcome)).toEqual(packages.map(() => 'install'));
    const together = await endState();
    expect(new Set(together.trees).size).toBe(1);

    const roots = packages.filter(({ needs }) => needs.length === 0);
    let left = new Set(packages.map(({ name }) => name));
    for (const { name } of roots) {
      if (!left.has(name)) continue;
      const { status, body } = await remove(name);
      expect(status, JSON.stringify(body)).toBe(200);
      left = new Set([...left].filter((other) => !body.changes.some(({ extension }) => extension === other)));
    }
    expect([...left]).toEqual([]);
    await endState();
    for (const node of cluster.nodeIds) expect(extensionsIn(cluster.storage(node))).toEqual([]);

    for (const { zip, name } of packages) {
      const { status, body } = await cluster.import(zip);
      expect(status, `${name}: ${JSON.stringify(body)}`).toBe(201);
    }
    expect(await endState()).toEqual(together);
    expect(await watch.stop()).toEqual([]);
    const { looks, partial } = watch.counts();
    expect(looks).toBeGreaterThan(count);
    expect(partial).toBeGreaterThan(0);
  });
});
