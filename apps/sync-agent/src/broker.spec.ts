import { expect, test, vi } from 'vitest';
import { describeOnKafka, localKafkaForTests, waitFor } from '@muster/testing';
import type { TrialAgent } from './spec/trial-agent.js';
import { TrialBroker } from './spec/trial-broker.js';
import { TrialCluster } from './spec/trial-cluster.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');

vi.setConfig({ testTimeout: 480_000 });

async function withBroker(work: (cluster: TrialCluster, broker: TrialBroker) => Promise<void>): Promise<void> {
  const cluster = await TrialCluster.create();
  const broker = await TrialBroker.away(cluster);
  try {
    await work(cluster, broker);
  } finally {
    await broker.end();
    await cluster.end();
  }
}

/** Nothing but the log, or its return, tells this agent of a commit. */
const environmentOf = (broker: TrialBroker): Record<string, string> => ({
  KAFKA_BROKERS: broker.address,
  MUSTER_DRIFT_PERIOD: '1h',
});

const DEADLINE_MS = 120_000;

async function untilFollowing(agent: TrialAgent, following: boolean): Promise<void> {
  await agent.until(`following: ${following}`, (node) => node.eventLog?.following === following, DEADLINE_MS);
}

async function untilHead(cluster: TrialCluster, agent: TrialAgent): Promise<void> {
  const { revision, rootDigest } = await cluster.catalog.head();
  const node = await agent.until('the head', (seen) => seen.revision === revision, DEADLINE_MS);
  expect(node.rootDigest).toBe(rootDigest);
}

await describeOnKafka('an agent and its broker', await localKafkaForTests(), () => {
  test('that is away from the beginning, comes, goes, and returns', () =>
    withBroker(async (cluster, broker) => {
      await cluster.commit({ name: 'First' });
      const agent = await cluster.ready(environmentOf(broker));
      expect((await agent.node()).eventLog).toMatchObject({
        following: false,
        detail: expect.stringContaining(broker.address) as string,
      });
      await broker.start();
      await untilFollowing(agent, true);
      await cluster.commit({ name: 'Second' });
      await untilHead(cluster, agent);

      await broker.kill();
      await untilFollowing(agent, false);
      await cluster.commit({ name: 'Third' });
      await broker.start();
      await untilFollowing(agent, true);
      await untilHead(cluster, agent);
      const back = await agent.until('how it came back', ({ rejoin }) => rejoin?.fromRevision !== 0);
      expect(back.rejoin).toMatchObject({ way: 'log-tail' });
      await cluster.commit({ name: 'Fourth' });
      await untilHead(cluster, agent);
      expect(agent.output.match(/cannot be followed/g), agent.output).toHaveLength(2);
    }));

  // e2e/broker.spec.ts tries it with a whole cluster each time.
  test.runIf(scale > 1)('whose topic is made anew, cut or deleted: it is seen, and ends at the head', () =>
    withBroker(async (cluster, broker) => {
      await broker.start();
      await cluster.commit({ name: 'First' });
      await cluster.commit({ name: 'Second' });
      const agent = await cluster.ready(environmentOf(broker));
      await untilFollowing(agent, true);
      const shipped = async (): Promise<bigint> => (await broker.admin.offsetsOf(broker.topic))?.high ?? 0n;
      await waitFor(async () => (await shipped()) === 2n, { what: 'two shipped events', deadlineMs: DEADLINE_MS });

      await broker.remakeTopic();
      const remade = await agent.until('the loss', ({ rejoin }) => rejoin?.fromRevision === 2, DEADLINE_MS);
      expect(remade.rejoin?.way).toBe('snapshot');
      expect(remade.rejoin?.reason).toContain('no longer holds what follows revision 2');
      await cluster.commit({ name: 'Third' });
      await untilHead(cluster, agent);
      expect(await agent.stop()).toBe(0);

      // Its place goes with the topic: a broker knows nothing of who was there before.
      await broker.admin.deleteTopic(broker.topic);
      await cluster.commit({ name: 'Fourth' });
      const forgotten = await cluster.ready(environmentOf(broker));
      await untilHead(cluster, forgotten);
      const { rejoin } = await forgotten.node();
      expect(rejoin).toMatchObject({ way: 'snapshot', fromRevision: 3, toRevision: 4 });
      expect(rejoin?.reason).toMatch(/cannot tell what follows revision 3/);
      await untilFollowing(forgotten, true);
      await cluster.commit({ name: 'Fifth' });
      await untilHead(cluster, forgotten);
      expect(await forgotten.stop()).toBe(0);

      for (const version of ['1.1.0', '1.2.0']) await cluster.commit({ name: 'Fifth', version });
      const end = await waitFor(async () => ((await shipped()) >= 4n ? shipped() : undefined), {
        what: 'what was committed in the topic that was made anew',
        deadlineMs: DEADLINE_MS,
      });
      await broker.admin.deleteRecordsBefore(broker.topic, end);
      const late = await cluster.ready(environmentOf(broker));
      await untilHead(cluster, late);
      expect((await late.node()).rejoin).toMatchObject({
        way: 'snapshot',
        reason: expect.stringContaining('no longer holds what follows revision 5') as string,
      });
    }),
  );
});
