import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogHarness, MakeHarness } from './harness.js';
import { DEADLINE_MS, RecordingConsumer } from './recording-consumer.js';

const SCALE = Number(process.env['MUSTER_TEST_SCALE'] ?? 1);
const WRITERS = 8;

/** What every adapter of the event log must do, on the real thing. */
export function describeEventLog(name: string, makeHarness: MakeHarness): void {
  describe(`event log on ${name}`, () => {
    let harness: LogHarness;
    beforeEach(async () => {
      harness = await makeHarness();
    });
    afterEach(() => harness.close());

    orderTests(() => harness);
    consumerTests(() => harness);
    handlerTests(() => harness);
  });
}

function orderTests(harness: () => LogHarness): void {
  it('gives all that 8 writers commit, and nothing that they roll back, in commit order', async () => {
    const { log } = await harness().openEvents();
    const live = await new RecordingConsumer().subscribe(log, 'live');
    const write = async (writer: number): Promise<void> => {
      for (let n = 0; n < 10 * SCALE; n += 1)
        await harness().append({ changes: 1 + (n % 3), rollBack: (n + writer) % 7 === 0 });
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    const committed = await harness().committed();
    expect(committed.length).toBeGreaterThan(0);
    const late = await new RecordingConsumer().subscribe(log, 'late');
    await live.untilCount(committed.length);
    await late.untilCount(committed.length);
    expect(live.events).toEqual(committed);
    expect(late.events).toEqual(committed);
  });

  it('does not take a gap for a loss', async () => {
    const { log } = await harness().openEvents();
    await harness().append();
    await harness().leaveGap();
    await harness().append();
    const consumer = await new RecordingConsumer().subscribe(log, 'over-gaps');
    await consumer.untilCount(2);
    await harness().leaveGap();
    await harness().append();
    await consumer.untilCount(3);
    expect(consumer.events).toEqual(await harness().committed());
    expect(consumer.failures).toEqual([]);
  });

  it('is healthy, has a relay that ends, and refuses to be used once closed', async () => {
    const { log } = await harness().openEvents();
    const relay = await log.relay();
    expect(await log.health()).toMatchObject({ ok: true });
    await relay.close();
    await relay.close();
    await log.close();
    await log.close();
    expect(await log.health()).toMatchObject({ ok: false });
    await expect(new RecordingConsumer().subscribe(log, 'too-late')).rejects.toThrow('closed');
  });
}

function consumerTests(harness: () => LogHarness): void {
  it('resumes where it was closed, without repeats', async () => {
    const first = await harness().openEvents();
    const before = await new RecordingConsumer().subscribe(first.log, 'resuming');
    await harness().append({ changes: 3 });
    await before.untilCount(3);
    await first.log.close();
    await harness().append({ changes: 2 });
    const second = await harness().openEvents();
    const after = await new RecordingConsumer().subscribe(second.log, 'resuming');
    await after.untilCount(2);
    expect([...before.events, ...after.events]).toEqual(await harness().committed());
  });

  it('repeats exactly what a consumer had not finished when it was killed', async () => {
    const killed = await harness().openEvents();
    const victim = await new RecordingConsumer().subscribe(killed.log, 'killed');
    await harness().append({ changes: 2 });
    await victim.untilCount(2);
    await vi.waitFor(() => expect(victim.busy).toBe(false));
    victim.holdUp();
    await harness().append({ changes: 2 });
    await victim.untilCount(4);
    killed.crash();
    victim.letGo();
    await harness().append();
    const reborn = await new RecordingConsumer().subscribe((await harness().openEvents()).log, 'killed');
    await reborn.until('the last event', () => reborn.events.at(-1)?.revision === 3);
    const committed = await harness().committed();
    const repeated = victim.events.length + reborn.events.length - committed.length;
    expect(repeated).toBeGreaterThanOrEqual(1);
    expect(reborn.events).toEqual(committed.slice(committed.length - reborn.events.length));
  });

  it('keeps consumers apart: one that is held up holds nobody else up, and gets bounded batches afterwards', async () => {
    const { log } = await harness().openEvents();
    const slow = new RecordingConsumer();
    slow.holdUp();
    await slow.subscribe(log, 'slow');
    const quick = await new RecordingConsumer().subscribe(log, 'quick');
    const revisions = 3 * harness().batchRows;
    for (let n = 0; n < revisions; n += 1) await harness().append();
    await quick.untilCount(revisions);
    expect(slow.batches.length).toBeLessThanOrEqual(1);
    slow.letGo();
    await slow.untilCount(revisions);
    expect(slow.events).toEqual(await harness().committed());
    for (const batch of [...slow.batches, ...quick.batches])
      expect(batch.length).toBeLessThanOrEqual(harness().batchRows);
  });

  it('begins at the end where that is asked, and keeps that place from then on', async () => {
    await harness().append({ changes: 2 });
    const first = await harness().openEvents();
    const before = await new RecordingConsumer().subscribe(first.log, 'from-end', 'end');
    first.crash();
    await harness().append();
    const second = await harness().openEvents();
    const after = await new RecordingConsumer().subscribe(second.log, 'from-end', 'end');
    await harness().append();
    await after.untilCount(2);
    expect(before.events).toEqual([]);
    expect(after.events).toEqual((await harness().committed()).slice(2));
  });
}

function handlerTests(harness: () => LogHarness): void {
  it('waits at close for the handler under way, and keeps its place', async () => {
    const { log } = await harness().openEvents();
    const consumer = new RecordingConsumer();
    consumer.holdUp();
    await consumer.subscribe(log, 'closing');
    await harness().append();
    await consumer.untilCount(1);
    let closed = false;
    const closing = consumer.subscription?.close().then(() => (closed = true));
    await log.health();
    expect([closed, consumer.busy]).toEqual([false, true]);
    consumer.letGo();
    await closing;
    expect(consumer.busy).toBe(false);
    await consumer.subscription?.close();
    await harness().append();
    const next = await new RecordingConsumer().subscribe(log, 'closing');
    await next.untilCount(1);
    expect(next.events.map(({ revision }) => revision)).toEqual([2]);
    expect(consumer.events).toHaveLength(1);
  });

  it('ends the subscription of a handler that throws, tells it, and gives the batch again after a restart', async () => {
    const { log } = await harness().openEvents();
    const other = await new RecordingConsumer().subscribe(log, 'unharmed');
    const told: [string, boolean][] = [];
    let calls = 0;
    await log.subscribe({
      consumer: 'throwing',
      from: 'beginning',
      onRecords: () => {
        calls += 1;
        throw new Error('cannot take it');
      },
      onError: (error, fatal) => told.push([error.message, fatal]),
    });
    await harness().append({ changes: 2 });
    await vi.waitFor(() => expect(told).toEqual([['cannot take it', true]]), { timeout: DEADLINE_MS });
    await harness().append();
    await other.untilCount(3);
    expect(calls).toBe(1);
    const again = await new RecordingConsumer().subscribe(log, 'throwing');
    await again.untilCount(3);
    expect(again.events).toEqual(await harness().committed());
  });
}
