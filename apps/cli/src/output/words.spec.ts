import { expect, test } from 'vitest';
import { bar } from './bar.js';
import { table, wrap } from './table.js';
import { bytes, names, relative, span } from './words.js';

test('bytes, spans and times have two figures', () => {
  expect([0, 999, 1_024, 97_926, 3_975_664, 2_000_000_000].map(bytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 KB',
    '96 KB',
    '3.8 MB',
    '1.9 GB',
  ]);
  expect([0, 900, 9_940, 41_200, 59_700, 180_000, 7_200_000, 864_000_000].map(span)).toEqual([
    '0.0 s',
    '0.9 s',
    '9.9 s',
    '41 s',
    '1 min',
    '3 min',
    '2 h',
    '10 d',
  ]);
  const now = Date.parse('2026-11-24T10:06:00Z');
  expect(relative('2026-11-24T10:00:00Z', now)).toBe('6 min ago');
  expect(relative('2026-11-24T10:06:40Z', now)).toBe('in 40 s');
});

test('names are listed as people say them', () => {
  expect([names([]), names(['a']), names(['a', 'b', 'c']), names(['a', 'b', 'c'], 2)]).toEqual([
    '',
    'a',
    'a, b and c',
    'a, b and 1 more',
  ]);
});

test('a bar is full when all is sent', () => {
  expect(bar(0, 100, 0)).toBe('░░░░░░░░░░░░░░░░░░░░ 0 B of 100 B');
  expect(bar(50, 100, 1_000)).toBe('██████████░░░░░░░░░░ 50 B of 100 B   50 B/s   1.0 s left');
  expect(bar(0, 0, 0)).toBe('████████████████████ 0 B');
});

test('the last column is wrapped under itself', () => {
  const rows = [
    ['NODE', 'WHY'],
    ['node-1', 'one two three four five six seven eight'],
  ];
  expect(table(rows, 34)).toEqual(['NODE     WHY', 'node-1   one two three four five', '         six seven eight']);
  expect(table(rows)).toEqual(['NODE     WHY', 'node-1   one two three four five six seven eight']);
  expect(wrap('a-very-long-word b', 5)).toEqual(['a-very-long-word', 'b']);
});
