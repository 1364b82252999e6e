import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NodeView, Rejoin } from '@muster/contracts';
import { KafkaAdmin } from '@muster/event-log/conformance';
import { startLocalKafka, type LocalKafka } from '@muster/local-kafka';
import { buildPackage, describeOnKafka, localKafkaForTests, temporaryDirectory, waitFor } from '@muster/testing';
import { startAgent } from './agent-beside.js';
import { Cluster, request } from './cluster.js';
import { digestOfTree, extensionsIn } from './disk.js';
import { hear, watchVersions } from './watchers.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');
const IMPORTS = 100;
const EXTENSIONS = 5;
/** How long the broker stays away in the middle of the imports. */
const AWAY_MS = scale > 1 ? 30_000 : 5_000;

await describeOnKafka('the broker of a cluster', await localKafkaForTests(), () => {
  let directory: string;
  let broker: LocalKafka;
  let admin: KafkaAdmin;
  let cluster: Cluster;
  let count = 0;
  const topic = 'muster.local.extension-changed';

  beforeAll(async () => {
    directory = await temporaryDirectory('broker');
    broker = await startLocalKafka({ dataDir: directory });
    admin = new KafkaAdmin(broker.brokers);
    cluster = await Cluster.start({
      log: 'kafka',
      env: { KAFKA_BROKERS: broker.brokers, MUSTER_DRIFT_PERIOD: '2s' },
    });
  });
  afterAll(async () => {
    await cluster.down();
    await admin.close();
    await broker.kill();
  });

  const tree = (node: string): string => digestOfTree(path.join(cluster.storage(node), 'extensions'));
  const expectOneTree = (): void => expect(new Set(cluster.nodeIds.map(tree)).size).toBe(1);
  const importNew = async (): Promise<number> => {
    const answer = await cluster.import(buildPackage({ name: `Fresh${(count += 1)}` }));
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body.revision;
  };
  const converge = async (): Promise<void> => {
    const answer = await cluster.convergence(undefined, '60s');
    expect(answer, `the cluster printed:\n${cluster.output.slice(-3000)}`).toMatchObject({ state: 'converged' });
    expectOneTree();
  };

  test(
    `killed in the middle of ${IMPORTS} imports and back after ${AWAY_MS / 1000} s: nothing is lost, nothing out of order`,
    { timeout: 600_000 },
    async () => {
      const watched = watchVersions(cluster);
      const heard = await hear(cluster, broker.brokers);
      let back: Promise<void> | undefined;
      for (let n = 0; n < IMPORTS; n += 1) {
        if (n === IMPORTS * 0.4) {
          await broker.kill();
          const goneAt = performance.now();
          back = (async () => {
            await waitFor(() => performance.now() - goneAt >= AWAY_MS, {
              deadlineMs: AWAY_MS + 5_000,
              what: () => 'the end of the outage',
            });
            await expectBrokerAway(cluster).finally(async () => {
              broker = await startLocalKafka({ dataDir: directory, port: broker.port });
            });
          })();
        }
        const zip = buildPackage({ name: `Held${n % EXTENSIONS}`, version: `1.${n}.0` });
        const answer = await cluster.import(zip);
        expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      }
      await back;
      await converge();
      const head = (await cluster.convergence(undefined, '0s')).revision;
      await waitFor(() => heard.revisions.has(head), { deadlineMs: 60_000, what: () => `revision ${head} on the log` });
      expect([...heard.revisions]).toEqual(Array.from({ length: head }, (_, index) => index + 1));
      expect(heard.outOfOrder).toEqual([]);
      await heard.close();
      expect(await watched.stop()).toEqual([]);
    },
  );

  test('its topic is deleted: it is made anew by itself, and the next import arrives everywhere', async () => {
    await admin.deleteTopic(topic);
    await waitFor(async () => (await admin.partitionsOf(topic).catch(() => 0)) === 1, {
      deadlineMs: 60_000,
      what: () => 'the topic made anew',
    });
    await importNew();
    await converge();
    await admin.deleteTopic(topic);
    await importNew();
    await converge();
  });

  test('its topic is made anew with 2 partitions: it is refused with the remedy, and the nodes still converge', async () => {
    await admin.deleteTopic(topic);
    await waitFor(
      () =>
        admin.createTopic(topic, 2, { 'cleanup.policy': 'delete' }).then(
          () => true,
          () => false,
        ),
      { deadlineMs: 30_000, what: () => 'a topic with 2 partitions' },
    ).catch(async (error: unknown) => {
      // A service may have made it anew before us: then it is given a second partition.
      if ((await admin.partitionsOf(topic)) !== 1) throw error;
      await admin.addPartitions(topic, 2);
    });
    await importNew();
    await converge();
    await waitFor(async () => /partition/.test((await cluster.convergence(undefined, '0s')).eventLog?.detail ?? ''), {
      deadlineMs: 60_000,
      what: () => 'a status that says what is wrong with the topic',
    });
    const { eventLog } = await cluster.convergence(undefined, '0s');
    expect(eventLog?.ok).toBe(false);
    await admin.deleteTopic(topic);
    await importNew();
    await waitFor(async () => (await cluster.convergence(undefined, '0s')).eventLog?.ok === true, {
      deadlineMs: 90_000,
      what: () => 'a log that is well again',
    });
    await converge();
  });

  test('offsets are reset to the beginning: repeats do no harm', async () => {
    const before = cluster.nodeIds.map(tree);
    await cluster.down();
    for (const group of await admin.groups()) {
      if (group.includes('agent')) await admin.resetGroup(group, topic, 0n);
    }
    await cluster.up();
    await converge();
    expect(cluster.nodeIds.map(tree)).toEqual(before);
    await importNew();
    await converge();
  });

  test('a node away past the retention comes back by a snapshot, and says so', async () => {
    const storage = await temporaryDirectory('retention');
    const environment = {
      DATABASE_URL: cluster.databaseUrl,
      KAFKA_BROKERS: broker.brokers,
      MUSTER_NODE: 'node-9',
      MUSTER_STORAGE: storage,
      MUSTER_RETIRE_ON_STOP: 'no',
    };
    const first = startAgent(environment);
    const present = async (): Promise<boolean> =>
      JSON.stringify(extensionsIn(storage)) === JSON.stringify(extensionsIn(cluster.storage('node-1')));
    await waitFor(present, { deadlineMs: 60_000, what: () => `a filled node-9; it printed:\n${first.output}` });
    await importNew();
    await waitFor(present, { deadlineMs: 60_000, what: () => `the import on node-9; it printed:\n${first.output}` });
    await first.stop();
    for (let n = 0; n < 3; n += 1) await importNew();
    await waitFor(async () => (await cluster.convergence(undefined, '0s')).eventLog?.unpublished === 0, {
      deadlineMs: 60_000,
      what: () => 'a shipped outbox',
    });
    const { high } = (await admin.offsetsOf(topic))!;
    await admin.deleteRecordsBefore(topic, high);
    const second = startAgent(environment);
    try {
      await waitFor(present, { deadlineMs: 60_000, what: () => `a filled node-9; it printed:\n${second.output}` });
      let rejoin: Rejoin | undefined;
      const said = async (): Promise<boolean> =>
        (rejoin = (await request<NodeView>(`${second.url}/node`)).body.rejoin) !== undefined;
      await waitFor(said, { deadlineMs: 60_000, what: () => 'a node that says how it came back' });
      expect(rejoin).toMatchObject({ way: 'snapshot', reason: expect.stringContaining('log') });
      expect(digestOfTree(path.join(storage, 'extensions'))).toBe(tree('node-1'));
    } finally {
      await second.stop();
    }
  });
});

async function expectBrokerAway(cluster: Cluster): Promise<void> {
  await waitFor(async () => (await cluster.convergence(undefined, '0s')).eventLog?.ok === false, {
    deadlineMs: 60_000,
    what: () => 'a status that says that the broker is away',
  });
  const ready = await fetch(`${cluster.importUrl()}/health/ready`);
  expect(ready.status, 'imports go on being committed').toBe(200);
}
