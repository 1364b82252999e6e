import { describe, expect, test } from 'vitest';
import { backoffMs } from './backoff.js';

const limits = { firstMs: 1_000, maxMs: 60_000 };

describe('the wait before the next attempt', () => {
  test('doubles with every failure and never exceeds the maximum', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => backoffMs(failures, limits, () => 0));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  test('is shortened by up to a fifth by chance', () => {
    expect(backoffMs(1, limits, () => 1)).toBe(800);
    const waits = new Set(Array.from({ length: 50 }, () => backoffMs(3, limits)));
    expect(waits.size).toBeGreaterThan(10);
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(3_200);
  });

  test('stays finite after any number of failures', () => {
    expect(backoffMs(10_000, limits, () => 0)).toBe(60_000);
  });
});
