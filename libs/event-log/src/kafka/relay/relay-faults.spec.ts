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

  async function killAtAnyMoment(): Promise<void> {
    const leader = await cluster.leader();
    await delay(Math.random() * 40);
    await cluster.kill(leader);
  }

  it(
    `brings ${REVISIONS} revisions of ${WRITERS} writers to ${FOLLOWERS} consumers in commit order while it is killed ${KILLS} times`,
    async () => {
      await cluster.follow(FOLLOWERS);
      const share = Math.floor(REVISIONS / (KILLS + 1));
      let kills = 0;
      const startedAt = performance.now();
      // The writers run ahead by half a share only, so that they are at work at every kill.
      const writing = cluster.write(REVISIONS, WRITERS, (next) => next <= share * (kills + 1.5));
      while (kills < KILLS) {
        await cluster.untilRevision(share * (kills + 1));
        if (kills % 2 === 0) await killAtAnyMoment();
        else await cluster.killBeforeMark();
        cluster.startRelay();
        kills += 1;
      }
      await writing;
      const repeats = await cluster.check(REVISIONS);
      expect(Math.min(...repeats)).toBeGreaterThan(0);
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
