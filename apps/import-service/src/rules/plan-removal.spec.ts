import { expect, test } from 'vitest';
import type { CurrentExtension } from './facts.js';
import { planRemoval } from './plan-removal.js';

const there = (name: string, dependsOn: string[] = []): CurrentExtension => ({
  name,
  version: '1.0',
  sha256: name,
  dependsOn,
});

test.for<[string, string, CurrentExtension[], object]>([
  ['is not there', 'Gone', [there('Other')], { kind: 'absent' }],
  ['is there under another case only', 'other', [there('Other')], { kind: 'absent' }],
  [
    'is needed by two',
    'Base',
    [there('Base'), there('A', ['Base']), there('B', ['X', 'Base'])],
    { kind: 'has-dependants', dependants: ['A', 'B'] },
  ],
  ['is needed by nobody', 'A', [there('Base'), there('A', ['Base'])], { kind: 'remove', current: { name: 'A' } }],
  ['needs only itself', 'A', [there('A', ['A'])], { kind: 'remove' }],
])('%s', ([, name, extensions, verdict]) => {
  expect(planRemoval(name, extensions)).toMatchObject(verdict);
});
