import { describe, expect, test } from 'vitest';
import { readLogQuery } from './log-query.js';

const ALL = ['INFO', 'WARN', 'ERROR'];
const NOTHING = { levels: ALL, oldestFirst: false, limit: 500 };

test.for<[Record<string, unknown>, Record<string, unknown>]>([
  [{}, NOTHING],
  [
    { fromLogLevel: 'WARN', toLogLevel: 'ERROR' },
    { ...NOTHING, levels: ['WARN', 'ERROR'] },
  ],
  [
    { fromLogLevel: 'trace', toLogLevel: 'info' },
    { ...NOTHING, levels: ['INFO'] },
  ],
  // As on the platform: either bound alone is ignored, and ALL is no level.
  [{ fromLogLevel: 'ERROR' }, NOTHING],
  [{ fromLogLevel: 'ALL', toLogLevel: 'ALL' }, NOTHING],
  [
    { maxItems: 20, oldestFirst: true },
    { ...NOTHING, limit: 20, oldestFirst: true },
  ],
  [
    { maxItems: '20', oldestFirst: 'true' },
    { ...NOTHING, limit: 20, oldestFirst: true },
  ],
  [{ maxItems: 0 }, NOTHING],
  [
    { user: 'ann', thread: '', instance: 'A', origin: '' },
    { ...NOTHING, actor: 'ann', subject: 'A' },
  ],
  [{ startDate: '2026-01-31T12:00:00.000Z' }, { ...NOTHING, since: new Date('2026-01-31T12:00:00Z') }],
  [
    { startDate: 1_769_860_800_000, endDate: '1769860800000' },
    { ...NOTHING, since: new Date(1_769_860_800_000), until: new Date(1_769_860_800_000) },
  ],
  [{ startDate: '' }, NOTHING],
  [{ searchExpression: '.*.*', isRegex: true }, NOTHING],
  [{ searchExpression: 'newer' }, { ...NOTHING, text: 'newer' }],
  [
    { searchExpression: '(?s).*\\Qa.b [c]\\E.*', isRegex: true },
    { ...NOTHING, pattern: '^(?:.*a\\.b \\[c\\].*)$' },
  ],
  [
    { searchExpression: '(?i)x|y', isRegex: 'true' },
    { ...NOTHING, pattern: '(?i)^(?:x|y)$' },
  ],
])('%j', ([input, query]) => expect(readLogQuery(input)).toEqual(query));

test('an expression that refers back is refused, unless that is quoted', () => {
  const ask = (searchExpression: string) => readLogQuery({ searchExpression, isRegex: true });
  expect(() => ask('(.*)\\1')).toThrow(expect.objectContaining({ code: 'pattern-invalid' }) as Error);
  expect(ask('.*\\Q\\1\\E').pattern).toBe('^(?:.*\\\\1)$');
});

describe('refusals', () => {
  test.for([{ startDate: 'yesterday' }, { endDate: {} }, { searchExpression: 'x'.repeat(1_001) }])('%j', (input) =>
    expect(() => readLogQuery(input)).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid-request' }) as Error,
    ),
  );
});
