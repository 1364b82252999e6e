import { describeOnKafka, kafkaForTests, waitFor } from '@muster/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingConsumer, sampleEvent } from '../conformance/index.js';
import type { EventSubscription } from '../port.js';
import { KafkaHarness, MAX_WAIT_MS } from '../spec/kafka-harness.js';

/** Of connections and requests; long enough for a machine that is busy. */
const SHORT_DEADLINE_MS = 800;

let harness: KafkaHarness;

await describeOnKafka('what happens to topics and groups', await kafkaForTests(), ({ brokers }) => {
  beforeEach(async () => {
    harness = await KafkaHarness.make(brokers);
  });
  afterEach(() => harness.close());
  describe('a topic that is not as it must be', misconfigured);
  describe('a topic that is cut, deleted or made anew', changed);
  describe("a consumer's place", place);
});

function misconfigured(): void {
  it.each([
    ['2 partitions', 2, {}, /2 partitions.*exactly 1/],
    ['compaction', 1, { 'cleanup.policy': 'compact' }, /cleanup.policy=compact; it must be delete/],
  ] as const)('is refused with the remedy: %s', async (_, partitions, settings, detail) => {
    await harness.admin.createTopic(harness.topic, partitions, settings);
    const { log } = await harness.openEvents();
    const refused = new RecordingConsumer().subscribe(log, 'refused');
    await expect(refused).rejects.toMatchObject({
      code: 'log-topic-misconfigured',
      message: expect.stringMatching(detail) as string,
      remedy: expect.stringMatching(/topic/) as string,
    });
    expect(await log.health()).toMatchObject({ ok: false, detail: expect.stringMatching(detail) as string });
  });

  it('ends a living subscription when somebody adds a partition', async () => {
    const { log } = await harness.openEvents();
    const consumer = await new RecordingConsumer().subscribe(log, 'living');
    await harness.admin.addPartitions(harness.topic, 2);
    await consumer.until('the end', () => consumer.fatal.length > 0);
    expect(consumer.fatal).toMatchObject([{ code: 'log-topic-misconfigured', actual: 2 }]);
  });

  it('ends a living subscription when somebody has it compacted', async () => {
    const { log } = await harness.openEvents();
    const consumer = await new RecordingConsumer().subscribe(log, 'living');
    await harness.admin.alterTopic(harness.topic, { 'cleanup.policy': 'compact' });
    await consumer.until('the end', () => consumer.fatal.length > 0);
    expect(consumer.fatal).toMatchObject([{ code: 'log-topic-misconfigured', actual: 'compact' }]);
  });
}

function changed(): void {
  it('is read from its beginning when it was deleted, and comes again by itself', async () => {
    const { log } = await harness.openEvents();
    const consumer = await new RecordingConsumer().subscribe(log, 'living');
    await produce(1, 5);
    await consumer.untilCount(5);
    await harness.admin.deleteTopic(harness.topic);
    await consumer.until('the loss to be told', () => consumer.failures.length > 0);
    await waitFor(() => harness.admin.offsetsOf(harness.topic), { what: 'the topic to be made anew' });
    await produce(6, 2);
    await consumer.untilCount(7);
    expect(revisionsOf(consumer)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(consumer.reconnects).toBeGreaterThan(0);
    expect(consumer.fatal).toEqual([]);
  });

  it('is not taken for the old one when it holds more than that did', async () => {
    const { log } = await harness.openEvents();
    const consumer = new RecordingConsumer();
    await consumer.subscribe(log, 'slow');
    await produce(1, 3);
    await consumer.untilCount(3);
    await waitFor(() => !consumer.busy, { what: 'the handler' });
    consumer.holdUp();
    await produce(4, 1);
    await consumer.untilCount(4);
    await remake();
    await produce(5, 6);
    await pastALongHandler();
    consumer.letGo();
    await consumer.untilCount(10);
    expect(revisionsOf(consumer)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(consumer.failures).toMatchObject([{ error: { code: 'log-reset' }, fatal: false }]);
    expect(consumer.reconnects).toBe(1);
  });

  it('leaves no place behind for who was away', async () => {
    const { log } = await harness.openEvents();
    const before = await new RecordingConsumer().subscribe(log, 'away');
    await produce(1, 3);
    await before.untilCount(3);
    await before.subscription?.close();
    await remake();
    await produce(4, 6);
    const after = await new RecordingConsumer().subscribe(log, 'away');
    await after.untilCount(6);
    expect(beganOf(after).kind).not.toBe('resumed');
    expect(revisionsOf(after)).toEqual([4, 5, 6, 7, 8, 9]);
  });

  it('has lost what was deleted past the place: told, and read from what is left', async () => {
    const { log } = await harness.openEvents();
    const before = await new RecordingConsumer().subscribe(log, 'away');
    await produce(1, 2);
    await before.untilCount(2);
    await before.subscription?.close();
    await produce(3, 4);
    await harness.admin.deleteRecordsBefore(harness.topic, 5n);
    const after = await new RecordingConsumer().subscribe(log, 'away');
    await after.untilCount(1);
    expect(beganOf(after).kind).toBe('lost');
    expect(revisionsOf(after)).toEqual([6]);
  });

  it('has lost what was deleted under a handler: told, and read from what is left', async () => {
    const { log } = await harness.openEvents();
    const consumer = new RecordingConsumer();
    consumer.holdUp();
    await consumer.subscribe(log, 'slow');
    await produce(1, 1);
    await consumer.untilCount(1);
    await produce(2, 4);
    await harness.admin.deleteRecordsBefore(harness.topic, 4n);
    await pastALongHandler();
    consumer.letGo();
    await consumer.untilCount(2);
    expect(revisionsOf(consumer)).toEqual([1, 5]);
    expect(consumer.failures).toMatchObject([{ error: { code: 'log-reset' }, fatal: false }]);
    expect(consumer.reconnects).toBe(1);
  });
}

function place(): void {
  it('survives a handler that takes longer than every deadline, which is neither repeated nor disturbed', async () => {
    const { log } = await harness.openEvents({}, SHORT_DEADLINE_MS);
    const consumer = new RecordingConsumer();
    consumer.holdUp();
    await consumer.subscribe(log, 'slow');
    await produce(1, 1);
    await consumer.untilCount(1);
    const until = performance.now() + 2 * (SHORT_DEADLINE_MS + MAX_WAIT_MS);
    await waitFor(() => performance.now() > until, { what: 'the deadlines to pass' });
    await produce(2, 1);
    consumer.letGo();
    await consumer.untilCount(2);
    expect(revisionsOf(consumer)).toEqual([1, 2]);
    expect(consumer.failures).toEqual([]);
    expect(consumer.reconnects).toBe(0);
    await waitFor(async () => (await harness.admin.groupOffset(harness.groupOf('slow'), harness.topic)) === 2n, {
      what: 'the place to be kept',
    });
  });

  it('is where the group was reset to, under a living consumer, which is told', async () => {
    const { log } = await harness.openEvents();
    const consumer = await new RecordingConsumer().subscribe(log, 'reset');
    await produce(1, 4);
    await consumer.untilCount(4);
    await waitFor(async () => (await harness.admin.groupOffset(harness.groupOf('reset'), harness.topic)) === 4n, {
      what: 'the place to be kept',
    });
    await harness.admin.resetGroup(harness.groupOf('reset'), harness.topic, 1n);
    await consumer.untilCount(7);
    expect(revisionsOf(consumer)).toEqual([1, 2, 3, 4, 2, 3, 4]);
    expect(consumer.reconnects).toBe(1);
  });

  it('is kept again when the group was deleted under a living consumer', async () => {
    const { log } = await harness.openEvents();
    const consumer = await new RecordingConsumer().subscribe(log, 'deleted');
    await produce(1, 2);
    await consumer.untilCount(2);
    const kept = (): Promise<bigint | undefined> =>
      harness.admin.groupOffset(harness.groupOf('deleted'), harness.topic);
    await waitFor(async () => (await kept()) === 2n, { what: 'the place to be kept' });
    await harness.admin.deleteGroup(harness.groupOf('deleted'));
    await waitFor(async () => (await kept()) === 2n, { what: 'the place to be kept again' });
    await produce(3, 1);
    await consumer.untilCount(3);
    expect(revisionsOf(consumer)).toEqual([1, 2, 3]);
  });

  it('passes messages that cannot be read, and tells; those of other types are for others', async () => {
    const { log } = await harness.openEvents();
    const consumer = await new RecordingConsumer().subscribe(log, 'unreadable');
    const values = ['{', '[]', '{"type":"Another"}', '{"type":"ExtensionChanged","revision":0}'];
    await harness.admin.produce(harness.topic, values);
    await produce(1, 1);
    await consumer.untilCount(1);
    expect(consumer.failures.map(({ error, fatal }) => [(error as { code?: string }).code, fatal])).toEqual(
      Array.from({ length: 3 }, () => ['log-event-unreadable', false]),
    );
    expect(consumer.reconnects).toBeGreaterThan(0);
  });
}

/** Deletes the topic and makes it again, as an operator would. */
async function remake(): Promise<void> {
  await harness.admin.deleteTopic(harness.topic);
  await waitFor(async () => !(await harness.admin.topics()).includes(harness.topic), { what: 'the deletion' });
  await harness.admin.createTopic(harness.topic, 1);
}

async function pastALongHandler(): Promise<void> {
  const until = performance.now() + 1_100;
  await waitFor(() => performance.now() > until, { what: 'a handler to be a long one' });
}

/** Past the outbox, for what only the topic is about. */
async function produce(firstRevision: number, count: number): Promise<void> {
  const values = Array.from({ length: count }, (_, n) => JSON.stringify(sampleEvent(firstRevision + n, 0, 1)));
  await harness.admin.produce(harness.topic, values);
}

function revisionsOf(consumer: RecordingConsumer): number[] {
  return consumer.events.map(({ revision }) => revision);
}

function beganOf({ subscription }: RecordingConsumer): EventSubscription['began'] {
  return (subscription as EventSubscription).began;
}
