import { describeOnKafka, kafkaForTests, waitFor } from '@muster/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RecordingConsumer, sampleReport } from '../conformance/index.js';
import { KafkaHarness } from '../spec/kafka-harness.js';

const DEADLINE_MS = 20_000;
const UNAVAILABLE = { code: 'log-unavailable' };

await describeOnKafka('a broker that is away at the start', await kafkaForTests(), ({ brokers }) => {
  let harness: KafkaHarness;
  beforeEach(async () => {
    harness = await KafkaHarness.make(brokers);
  });
  afterEach(() => harness.close());

  it.each(['reset', 'stall'] as const)('is told of, by a %s, and waited for by all that use it', async (fault) => {
    const [events, reports] = [await harness.openEvents({}, 600), await harness.openReports()];
    for (const { faults } of [events, reports]) faults[fault]();
    const told = { relay: [] as Error[], reports: [] as Error[] };
    await harness.catalog.append();
    await events.log.relay({ onError: (error) => told.relay.push(error) });
    const consumer = await new RecordingConsumer().subscribe(events.log, 'early');
    const nodes: string[] = [];
    await reports.log.subscribe(
      ({ report }) => void nodes.push(report.node),
      (error) => told.reports.push(error),
    );
    const all = (): boolean => told.relay.length > 0 && told.reports.length > 0 && consumer.failures.length > 0;
    await waitFor(all, { what: 'all of them to tell', deadlineMs: DEADLINE_MS });
    expect(await events.log.health()).toMatchObject({ ok: false });
    for (const { faults } of [events, reports]) faults.heal();
    await consumer.untilCount(1);
    await reports.log.send(sampleReport('node-1', 'a', '2026-01-01T00:00:00.000Z', 1));
    await waitFor(() => nodes.includes('node-1'), { what: 'the report', deadlineMs: DEADLINE_MS });
    expect([told.relay[0], told.reports[0]]).toMatchObject([UNAVAILABLE, UNAVAILABLE]);
    expect(consumer.fatal).toEqual([]);
    await waitFor(async () => (await events.log.health()).ok, {
      what: 'all to be well again',
      deadlineMs: DEADLINE_MS,
    });
  });
});
