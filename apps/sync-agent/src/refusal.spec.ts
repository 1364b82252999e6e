import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@muster/testing';
import { expect, test, vi } from 'vitest';
import { TrialCluster } from './spec/trial-cluster.js';

vi.setConfig({ testTimeout: 240_000 });

const refusals = (cluster: TrialCluster) =>
  cluster.query<{ node: string; code: string; claimant: string; detail: string; holder: string }>(
    'select * from node_refusal order by node, code, claimant',
  );

test('an agent that is refused leaves word of it, once for each claimant, until the node enrols', async () => {
  const cluster = await TrialCluster.create();
  try {
    const first = await cluster.ready();
    const storage = cluster.storage();
    const shared = { MUSTER_NODE: 'node-2', MUSTER_STORAGE: storage, MUSTER_PUBLIC_URL: 'http://other:1' };
    for (const _ of [1, 2]) expect(await (await cluster.agent(shared)).ended).toBe(1);
    const twin = { MUSTER_STORAGE: cluster.storage('twin'), MUSTER_PUBLIC_URL: 'http://twin:1' };
    expect(await (await cluster.agent(twin)).ended).toBe(1);
    expect(await (await cluster.agent({ MUSTER_PUBLIC_URL: 'http://same:1' })).ended).toBe(1);
    expect(await refusals(cluster)).toMatchObject([
      { node: 'node-1', code: 'node-id-in-use', holder: 'node-1', claimant: expect.stringContaining('http://twin:1') },
      { node: 'node-1', code: 'storage-in-use', holder: 'node-1', claimant: expect.stringContaining('http://same:1') },
      { node: 'node-2', code: 'storage-foreign-node', holder: 'node-1', claimant: expect.stringContaining(storage) },
    ]);
    await cluster.ready({ ...shared, MUSTER_STORAGE: cluster.storage('node-2') });
    await waitFor(async () => (await refusals(cluster)).every(({ node }) => node === 'node-1'), {
      what: 'the refusals of node-2 to be forgotten',
    });
    expect(await first.stop()).toBe(0);
    await cluster.ready();
    expect(await refusals(cluster)).toEqual([]);
  } finally {
    await cluster.end();
  }
});

test('an agent that is refused while the database does not answer ends all the same', async () => {
  const cluster = await TrialCluster.create();
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  try {
    await cluster.ready();
    const refused = await cluster.agent({ DATABASE_URL: `postgres://muster@127.0.0.1:${port}/muster` });
    expect(await refused.ended).toBe(1);
    expect(refused.output).toContain('storage-in-use');
  } finally {
    silent.close();
    await cluster.end();
  }
});
