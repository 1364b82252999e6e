import { expect, test } from 'vitest';
import { nearest } from './nearest.js';

test.each([
  ['Autocmplete', 'Autocomplete'],
  ['autocomplete', 'Autocomplete'],
  ['Auto', 'Autocomplete'],
  ['Difviewer', 'DiffViewer'],
  ['node-33', 'node-3'],
  ['ndoe-3', 'node-3'],
  ['Zebra', undefined],
  ['', undefined],
])('%s → %s', (name, expected) => {
  expect(nearest(name, ['Autocomplete', 'DiffViewer', 'node-3'])).toBe(expected);
});
