import { describe, expect, test } from 'vitest';
import { heard, NOW } from '../spec/make-facts.js';
import { recurringDrift } from './recurring-drift.js';

const MINUTE = 60_000;
const SENT = Date.parse('2026-11-23T12:00:00Z');

/** Corrections so long ago by the node's own clock, which sends its report now. */
function node(agesMs: Readonly<Record<string, readonly number[]>>, clockMs = 0) {
  const drift = Object.entries(agesMs).flatMap(([extension, ages]) =>
    ages.map((ageMs) => ({ extension, found: `found ${ageMs}`, at: new Date(SENT + clockMs - ageMs).toISOString() })),
  );
  return heard('node-3', { heardMs: 0, change: { drift, sentAt: new Date(SENT + clockMs).toISOString() } });
}

describe('drift recurs', () => {
  test.for([
    ['three times within ten minutes', { App: [0, 5 * MINUTE, 9 * MINUTE] }, ['App']],
    ['three times in longer', { App: [0, 5 * MINUTE, 11 * MINUTE] }, []],
    ['twice', { App: [0, MINUTE] }, []],
    ['three times, in three extensions', { App: [0], Base: [0], Other: [0] }, []],
    ['in two extensions, sorted', { Zoo: [0, 1, 2, 3], App: [4, 5, 6] }, ['App', 'Zoo']],
    ['never', {}, []],
  ] as const)('%s', ([, ages, names]) => {
    for (const clockMs of [0, 3_600_000, -3_600_000]) {
      expect(recurringDrift(node(ages, clockMs), NOW).map(({ extension }) => extension)).toEqual(names);
    }
  });

  test('and ceases to, as time goes by', () => {
    const report = node({ App: [0, MINUTE, 2 * MINUTE] });
    expect(recurringDrift(report, NOW)).toEqual([
      { extension: 'App', count: 3, found: 'found 0', firstAtMs: NOW - 2 * MINUTE, lastAtMs: NOW },
    ]);
    expect(recurringDrift(report, NOW + 9 * MINUTE)).toEqual([]);
  });
});
