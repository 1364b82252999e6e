import { expect, it } from 'vitest';
import { BrokerClock } from './broker-clock.js';

it('tells the time by the most exact answer', () => {
  const clock = new BrokerClock();
  expect(clock.timeAt(0)).toBeUndefined();
  clock.add(0, 100, 1_050);
  expect(clock.timeAt(200)).toBe(1_200);
  clock.add(200, 204, 1_212);
  expect(clock.timeAt(300)).toBe(1_310);
  clock.add(400, 500, 1_440);
  expect(clock.timeAt(500)).toBe(1_510);
});

it('believes a less exact answer once drift has made the other one worse, or where they contradict each other', () => {
  const clock = new BrokerClock();
  clock.add(0, 2, 1_001);
  clock.add(100_000, 100_020, 101_040);
  expect(clock.timeAt(100_020)).toBe(101_050);
  clock.add(101_000, 101_200, 5_000_000);
  expect(clock.timeAt(101_100)).toBe(5_000_000);
});
