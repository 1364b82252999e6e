import { expect, test } from 'vitest';
import type { CurrentExtension } from './facts.js';
import { blockersOf, planRemoval } from './plan-removal.js';

const there = (name: string, dependsOn: string[] = []): CurrentExtension => ({
  name,
  version: '1.0',
  sha256: name,
  dependsOn,
});

test.for<[string, string, CurrentExtension[], string[] | undefined]>([
  ['is not there', 'Gone', [there('Other')], undefined],
  ['is there under another case only', 'other', [there('Other')], undefined],
  ['is needed by two', 'Base', [there('Base'), there('A', ['Base']), there('B', ['X', 'Base'])], ['B', 'A', 'Base']],
  ['is needed by nobody', 'A', [there('Base'), there('A', ['Base'])], ['A']],
  ['needs only itself', 'A', [there('A', ['A'])], ['A']],
  [
    'is needed through others',
    'Base',
    [there('Base'), there('Middle', ['Base']), there('Ahead', ['Middle', 'Base']), there('Aside')],
    ['Ahead', 'Middle', 'Base'],
  ],
  ['is in a circle', 'A', [there('A', ['B']), there('B', ['A'])], ['B', 'A']],
])('%s', ([, name, extensions, order]) => {
  expect(planRemoval(name, extensions)?.map((extension) => extension.name)).toEqual(order);
});

test('blockers say what they need of what would go, and nothing else', () => {
  const going = [there('Top', ['Middle', 'Other']), there('Middle', ['Base']), there('Base')];
  const dependants = [
    { name: 'Middle', needs: { name: 'Base', version: '1.2' } },
    { name: 'Top', needs: { name: 'Middle', version: '0.0.0' } },
    { name: 'Top', needs: { name: 'Other', version: '1.0' } },
  ];
  expect(blockersOf(going, dependants)).toEqual([
    { extension: 'Top', version: '1.0', needs: [{ name: 'Middle', version: '0.0.0' }] },
    { extension: 'Middle', version: '1.0', needs: [{ name: 'Base', version: '1.2' }] },
  ]);
});
