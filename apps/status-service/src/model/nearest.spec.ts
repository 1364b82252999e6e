import { expect, test } from 'vitest';
import { nearest } from './nearest.js';

test.for([
  ['autocomplet', ['Autocomplete', 'Other'], ['Autocomplete']],
  ['Autocompleet', ['Autocomplete'], ['Autocomplete']],
  ['node-1', ['node-2', 'node-10', 'elsewhere'], ['node-10', 'node-2']],
  ['x', ['node-1'], []],
  ['', ['node-1'], []],
  ['node', ['node-1', 'node-2', 'node-3', 'node-4'], ['node-1', 'node-2', 'node-3']],
] as const)('of %j', ([name, names, near]) => {
  expect(nearest(name, names)).toEqual(near);
});
