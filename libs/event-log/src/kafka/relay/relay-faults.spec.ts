import { setTimeout as delay } from 'node:timers/promises';
import { describeOnKafka, kafkaForTests } from '@muster/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RelayCluster } from '../../spec/relay-cluster.js';

const LONG = Number(process.env['MUSTER_TEST_SCALE'] ?? 1) > 1;
const WRITERS = 8;
const FOLLOWERS = 3;
const REVISIONS = LONG ? 10_000 : 500;
const KILLS = LONG ? 20 : 4;
const PAUSES = LONG ? 10 : 2;

await describeOnKafka('the relay', await kafkaForTests(), ({ brokers }) => {
  let cluster: RelayCluster;
  beforeEach(async () => {
    cluster = await RelayCluster.make(brokers);
    cluster.startRelay();
    cluster.startRelay();
  });
  afterEach(() => cluster.close());

  it(
    `brings ${REVISIONS} revisions of ${WRITERS} writers to ${FOLLOWERS} consumers in commit order while it is killed ${KILLS} times`,
    async () => {
      const [follower] = await cluster.follow(FOLLOWERS);
      const share = REVISIONS / (KILLS + 1);
      let kills = 0;
      const startedAt = performance.now();
      // The writers run ahead by half a share only, so that they are at work at every kill.
      const writing = cluster.write(REVISIONS, WRITERS, (next) => next <= share * (kills + 1.5));
      while (kills < KILLS) {
        await cluster.untilRevision(share * (kills + 1));
        const leader = await cluster.leader();
        // At any moment; every other time just after a message was taken by the broker, and perhaps not marked yet.
        await (kills % 2 === 0 ? delay(Math.random() * 40) : follower?.arrival());
        await cluster.kill(leader);
        cluster.startRelay();
        kills += 1;
      }
      await writing;
      const repeats = await cluster.check(REVISIONS);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.info(`${REVISIONS} revisions, ${kills} kills, ${seconds} s, repeats: ${repeats.join(', ')}`);
    },
    LONG ? 3_600_000 : 300_000,
  );

  it(
    'does no harm by a leader that is paused, replaced, and goes on',
    async () => {
      await cluster.follow(FOLLOWERS);
      const revisions = 40;
      for (let pause = 0; pause < PAUSES; pause += 1) {
        const paused = await cluster.leader();
        const writing = cluster.write(revisions, WRITERS);
        await cluster.untilRevision(pause * revisions + 10);
        paused.pause();
        await writing;
        await cluster.leader(paused);
        await cluster.untilShipped();
        const before = paused.said.length;
        paused.resume();
        await expect.poll(() => paused.said.slice(before), { timeout: 30_000 }).toContain('stands by');
      }
      await cluster.check(PAUSES * revisions);
    },
    LONG ? 900_000 : 300_000,
  );
});
