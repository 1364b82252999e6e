import { expect, test } from 'vitest';
import { ClockOffset } from './clock-offset.js';

const reading = (offsetMs: number, roundTripMs: number) => ({
  databaseMs: 1_000_000,
  localMs: 1_000_000 + offsetMs,
  roundTripMs,
});

test('the offset is that of the best reading, until the clock is set or the reading is old', () => {
  const clock = new ClockOffset();
  expect(clock.ms).toBeUndefined();
  clock.take(reading(40, 200), 0);
  expect(clock.ms).toBe(40);
  clock.take(reading(5, 10), 1_000);
  expect(clock.ms).toBe(5);
  clock.take(reading(60, 200), 2_000);
  expect(clock.ms).toBe(5);
  clock.take(reading(3_600_000, 200), 3_000);
  expect(clock.ms).toBe(3_600_000);
  clock.take(reading(0, 10), 4_000);
  clock.take(reading(90, 190), 5_000);
  expect(clock.ms).toBe(0);
  clock.take(reading(90, 190), 70_000);
  expect(clock.ms).toBe(90);
});

test('a reading counts from the middle of its round trip', async () => {
  const clock = new ClockOffset();
  await clock.read(async () => {
    const atMs = Date.now() + 5_000;
    return { atMs };
  });
  expect(Math.abs((clock.ms ?? 0) + 5_000)).toBeLessThan(100);
});
