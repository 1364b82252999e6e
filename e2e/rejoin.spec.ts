import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPackage, createDatabase, temporaryDirectory, waitFor } from '@muster/testing';
import { migrate } from '@muster/catalog';
import { startAgent } from './agent-beside.js';
import { Cluster, describeOnEachLog, request } from './cluster.js';
import { digestOfTree, extensionsIn } from './disk.js';

describeOnEachLog('rejoining', (log) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ log, env: { MUSTER_DRIFT_PERIOD: '1s' } });
    for (const name of ['Keeper', 'Leaver']) expect((await cluster.import(buildPackage({ name }))).status).toBe(201);
    expect((await cluster.convergence()).state).toBe('converged');
  });
  afterAll(() => cluster.down());

  describe('a node that was away', () => {
    test('comes back without what was removed and with what was added', async () => {
      const backup = await temporaryDirectory('backup');
      cpSync(cluster.storage('node-3'), backup, { recursive: true });
      expect((await cluster.remove('Leaver')).status).toBe(200);
      expect((await cluster.import(buildPackage({ name: 'Newcomer' }))).status).toBe(201);
      expect((await cluster.convergence()).state).toBe('converged');
      await cluster.down();
      cpSync(path.join(backup, 'extensions'), path.join(cluster.storage('node-3'), 'extensions'), { recursive: true });
      cpSync(path.join(backup, '.muster/deployed'), path.join(cluster.storage('node-3'), '.muster/deployed'), {
        recursive: true,
      });
      expect(extensionsIn(cluster.storage('node-3'))).toContain('Leaver');
      await cluster.up();
      expect((await cluster.convergence()).state).toBe('converged');
      expect(extensionsIn(cluster.storage('node-3'))).toEqual(['Keeper', 'Newcomer']);
    });

    test('is named while it is away, and the cluster is not converged then', async () => {
      for (const pid of await cluster.pids('sync-agent', 'node-2')) process.kill(pid, 'SIGSTOP');
      try {
        const answer = await cluster.import(buildPackage({ name: 'WhileAway' }));
        const waited = await cluster.convergence(answer.body.revision, '20s');
        expect(['absent', 'timed-out']).toContain(waited.state);
        expect(waited.nodes.find(({ node }) => node === 'node-2')?.state).not.toBe('converged');
        await waitFor(async () => (await cluster.status('node-2')).state === 'offline', {
          deadlineMs: 40_000,
          what: () => 'node-2 offline',
        });
        expect((await cluster.convergence(undefined, '0s')).state).not.toBe('converged');
      } finally {
        for (const pid of await cluster.pids('sync-agent', 'node-2')) process.kill(pid, 'SIGCONT');
      }
      expect((await cluster.convergence()).state).toBe('converged');
    });
  });

  describe('a node that meets another history', () => {
    test.for(['an empty database', 'the database of another cluster'])(
      '%s: it changes nothing and says forked',
      async (kind) => {
        const storage = await temporaryDirectory('forked');
        cpSync(cluster.storage('node-1'), storage, { recursive: true });
        const before = digestOfTree(path.join(storage, 'extensions'));
        const other = await createDatabase();
        await migrate(other.ownerUrl);
        const neighbour =
          kind === 'an empty database' ? undefined : await Cluster.start({ log, nodes: 1, databaseUrl: other.url });
        if (neighbour) expect((await neighbour.import(buildPackage({ name: 'Other' }))).status).toBe(201);
        const agent = startAgent({
          ...cluster.logEnvironment,
          DATABASE_URL: other.url,
          MUSTER_NODE: 'node-1',
          MUSTER_STORAGE: storage,
          ...(neighbour ? { MUSTER_NODE: 'node-1' } : {}),
        });
        try {
          if (neighbour) {
            await neighbour.down();
          }
          await waitFor(async () => (await nodeState(agent.url)) === 'forked', {
            deadlineMs: 60_000,
            what: () => `a forked node; it printed:\n${agent.output}`,
          });
          const node = (await request<{ stateReason?: string }>(`${agent.url}/node`)).body;
          expect(node.stateReason).toContain('catalog');
          expect((await fetch(`${agent.url}/health/ready`)).status).toBe(503);
          expect(digestOfTree(path.join(storage, 'extensions'))).toBe(before);
        } finally {
          await agent.stop();
        }
      },
    );
  });

  describe('what must not start', () => {
    test('a second agent on one storage is refused, the holder named', async () => {
      const second = startAgent({
        ...cluster.logEnvironment,
        DATABASE_URL: cluster.databaseUrl,
        MUSTER_NODE: 'node-2',
        MUSTER_STORAGE: cluster.storage('node-2'),
      });
      expect(await second.ended).toBe(1);
      expect(second.output).toContain('storage-in-use');
      expect(second.output).toContain('node-2');
      const other = startAgent({
        ...cluster.logEnvironment,
        DATABASE_URL: cluster.databaseUrl,
        MUSTER_NODE: 'node-9',
        MUSTER_STORAGE: cluster.storage('node-2'),
      });
      expect(await other.ended).toBe(1);
      expect(other.output).toMatch(/node-9/);
      expect(other.output).toMatch(/node-2/);
    });

    test('a second node with one id is refused, both named', async () => {
      const storage = await temporaryDirectory('twin');
      mkdirSync(path.join(storage, 'extensions'));
      writeFileSync(path.join(storage, 'extensions/.keep'), '');
      const [pid] = await cluster.pids('sync-agent', 'node-2');
      const twin = startAgent({
        ...cluster.logEnvironment,
        DATABASE_URL: cluster.databaseUrl,
        MUSTER_NODE: 'node-2',
        MUSTER_STORAGE: storage,
      });
      expect(await twin.ended).toBe(1);
      expect(twin.output).toContain('node-id-in-use');
      expect(twin.output).toContain('node-2');
      expect(await cluster.pids('sync-agent', 'node-2')).toEqual([pid]);
      expect((await cluster.convergence()).state).toBe('converged');
    });
  });
});

async function nodeState(url: string): Promise<string> {
  return request<{ state: string }>(`${url}/node`).then(
    ({ body }) => body.state,
    () => 'not up',
  );
}
