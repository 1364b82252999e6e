import { CAUSES, whySchema } from '@muster/contracts';
import { describe, expect, test } from 'vitest';
import { parked } from '../../spec/make-facts.js';
import { why } from '../../spec/make-why.js';
import { EXTENSION_ROWS } from '../../spec/why-extension-rows.js';
import { NODE_ROWS } from '../../spec/why-node-rows.js';
import { ago, failing } from '../../spec/why-reports.js';

const ROWS = [...EXTENSION_ROWS, ...NODE_ROWS];

describe('why', () => {
  test.for(ROWS)('$title', (row) => {
    const answer = whySchema.parse(why(row));
    expect(
      answer.causes.map(({ cause }) => cause),
      answer.text,
    ).toEqual(row.causes);
    expect(answer.text).toMatch(row.text);
    expect(answer.ok).toBe(row.ok ?? false);
    if (row.command !== undefined) expect(answer.causes[0]?.command).toBe(row.command);
    for (const { text, remedy } of answer.causes) {
      expect(text).toMatch(/\.$/);
      expect(remedy).not.toBe('');
    }
    expect(answer.text).not.toMatch(/undefined|NaN|Invalid|\.\.|\[object/);
  });

  test('every cause of the table has a row', () => {
    expect(new Set(ROWS.flatMap(({ causes }) => causes))).toEqual(new Set(Object.keys(CAUSES)));
  });

  test('a wrong clock does not change when it was', () => {
    const { causes } = why({
      nodes: {
        'node-3': {
          holds: ['Base 1'],
          revision: 3,
          entries: [{ ...parked('App 2', 3), since: ago(5_000 - 3_600_000), nextAttemptAt: ago(-3_640_000) }],
          change: { clockOffsetMs: 3_600_000 },
        },
      },
      ask: { node: 'node-3', extension: 'App' },
    });
    expect(causes.map(({ cause }) => cause)).toEqual(['hook-failed', 'clock-skew']);
    expect(causes[0]).toMatchObject({ since: ago(5_000), nextAttempt: ago(-40_000) });
  });

  test('a cluster in which all is wrong is told in a readable length', () => {
    const nodes = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`node-${index}`, failing({})]));
    const answer = why({ nodes });
    expect(answer.causes).toHaveLength(500);
    expect(answer.text).toMatch(/^600 of 600 nodes are not as revision 3 wants them\. .* And 595 nodes more\.$/);
    expect(answer.text.length).toBeLessThan(3_000);
  });

  test('of many that wait, the one that failed is told', () => {
    const waiting = Array.from({ length: 40 }, (_, index) => ({ ...parked(`Waits${index} 1`, 3), waitsFor: 'Zoo' }));
    const entries = [...waiting.map(({ lastFailure: _failure, ...entry }) => entry), parked('Zoo 1', 3)];
    const { causes, text } = why({ nodes: { 'node-3': { revision: 3, entries } } });
    expect(causes[0]).toMatchObject({ cause: 'hook-failed', extension: 'Zoo' });
    expect(text).toMatch(/because Zoo 1 is parked since .* Also, Waits0 1 waits for Zoo\. .* And other causes\.$/);
  });
});
