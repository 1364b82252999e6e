import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogFaults, LogHarness, MakeHarness } from './harness.js';
import { DEADLINE_MS, RecordingConsumer } from './recording-consumer.js';

const ROUNDS = 1 + Number(process.env['MUSTER_TEST_SCALE'] ?? 1);
const FAULTS: readonly (keyof LogFaults)[] = ['stall', 'halfOpen', 'reset'];

/** What every adapter must do while the way to what carries it is disturbed, and after. */
export function describeOutages(name: string, makeHarness: MakeHarness): void {
  describe(`event log on ${name}, disturbed`, () => {
    let harness: LogHarness;
    beforeEach(async () => {
      harness = await makeHarness();
    });
    afterEach(() => harness.close());

    it.each(FAULTS)('gives everything, once, after a %s, and says that it was away', async (fault) => {
      const { log, faults } = await harness.openEvents();
      const consumer = await new RecordingConsumer().subscribe(log, 'disturbed');
      await harness.append();
      await consumer.untilCount(1);
      faults[fault]();
      for (let n = 0; n < 20; n += 1) await harness.append();
      if (fault !== 'halfOpen') {
        await consumer.until('a failed attempt', () => consumer.failures.length > 0);
        expect(await log.health()).toMatchObject({ ok: false });
      }
      faults.heal();
      await consumer.untilCount(21);
      await consumer.until('the reconnect', () => consumer.reconnects > 0);
      expect(consumer.events).toEqual(await harness.committed());
      expect(consumer.fatal).toEqual([]);
      expect(await log.health()).toMatchObject({ ok: true });
    });

    it('survives faults one after another while others write', async () => {
      const { log, faults } = await harness.openEvents();
      const consumer = await new RecordingConsumer().subscribe(log, 'harassed');
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const fault of FAULTS) {
          const before = consumer.events.length;
          const writing = Promise.all(Array.from({ length: 4 }, () => harness.append({ changes: 2 })));
          faults[fault]();
          await writing;
          faults.heal();
          await consumer.untilCount(before + 1);
        }
      }
      const committed = await harness.committed();
      await consumer.untilCount(committed.length);
      expect(consumer.events).toEqual(committed);
    });

    it('can be subscribed to while it is away', async () => {
      const { log, faults } = await harness.openEvents();
      await harness.append();
      faults.reset();
      const consumer = await new RecordingConsumer().subscribe(log, 'early');
      await consumer.until('a failed attempt', () => consumer.failures.length > 0);
      faults.heal();
      await consumer.untilCount(1);
      expect(consumer.fatal).toEqual([]);
    });

    it('closes in bounded time while it is away', async () => {
      const { log, faults } = await harness.openEvents();
      await new RecordingConsumer().subscribe(log, 'closed-away');
      faults.stall();
      const closed = vi.fn();
      void log.close().then(closed);
      await vi.waitFor(() => expect(closed).toHaveBeenCalled(), { timeout: DEADLINE_MS });
      faults.heal();
    });
  });
}
