import { describe, expect, test } from 'vitest';
import type { ParkedExtension } from '@muster/node-storage';
import { ParkedLedger } from './parked-ledger.js';

const failure = (over: Partial<ParkedExtension> = {}): ParkedExtension => ({
  name: 'A',
  sha256: 'zip-1',
  kind: 'install',
  step: 'hook',
  code: 'hook-failed',
  detail: 'exited 3',
  undone: [],
  ...over,
});
const nobody = { retry: new Set<string>(), outageOver: false };

function ledger() {
  const clock = { now: 1_000_000 };
  return { clock, parked: new ParkedLedger({ firstMs: 1_000, maxMs: 8_000 }, () => clock.now) };
}

describe('what stands aside', () => {
  test('is not due until its wait is over, and waits longer each time', () => {
    const { clock, parked } = ledger();
    const first = parked.record(failure());
    expect(first.attempts).toBe(1);
    expect(parked.notDue(nobody)).toEqual([{ name: 'A', sha256: 'zip-1' }]);
    expect(parked.nextDueMs()).toBe(first.nextAttemptAtMs);
    clock.now = first.nextAttemptAtMs;
    expect(parked.notDue(nobody)).toEqual([]);
    const second = parked.record(failure({ detail: 'exited 4' }));
    expect(second.attempts).toBe(2);
    expect(second.nextAttemptAtMs - clock.now).toBeGreaterThanOrEqual(1_600);
    expect(second.firstFailure.detail).toContain('exited 3');
    expect(second.lastFailure.detail).toContain('exited 4');
  });

  test('a later package of the same extension starts its own count', () => {
    const { parked } = ledger();
    parked.record(failure());
    parked.record(failure());
    const mended = parked.record(failure({ sha256: 'zip-2', detail: 'other' }));
    expect(mended.attempts).toBe(1);
    expect(mended.firstFailure.detail).toContain('other');
  });

  test('an order makes it due, for one or for all', () => {
    const { parked } = ledger();
    parked.record(failure());
    parked.record(failure({ name: 'B' }));
    expect(parked.notDue({ ...nobody, retry: new Set(['A']) }).map(({ name }) => name)).toEqual(['B']);
    expect(parked.notDue({ ...nobody, retry: 'all' })).toEqual([]);
  });

  test('what only the outage caused is due when it is over, a bad package is not', () => {
    const { parked } = ledger();
    parked.record(failure());
    parked.record(failure({ name: 'B', code: 'package-fetch-failed' }));
    expect(parked.notDue({ ...nobody, outageOver: true }).map(({ name }) => name)).toEqual(['A']);
  });

  test('attempts that the storage remembers from before a restart count on', () => {
    expect(ledger().parked.record(failure(), 3).attempts).toBe(4);
  });

  test('is forgotten when it no longer stands aside', () => {
    const { parked } = ledger();
    parked.record(failure());
    parked.record(failure({ name: 'B' }));
    parked.retain(new Set(['B']));
    expect(parked.all().map(({ name }) => name)).toEqual(['B']);
    parked.settle('B');
    expect(parked.size).toBe(0);
    expect(parked.nextDueMs()).toBeUndefined();
  });
});
