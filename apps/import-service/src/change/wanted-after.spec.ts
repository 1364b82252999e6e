import type { NewPackage } from '@muster/catalog';
import type { WantedExtension, WantedState } from '@muster/node-storage';
import { expect, test } from 'vitest';
import { withDependencies, withoutExtensions, withPackages } from './wanted-after.js';

function extension(name: string, dependsOn: string[] = []): WantedExtension {
  return {
    name,
    version: '1.0',
    sha256: name,
    treeDigest: name,
    sizeBytes: 1,
    unpackedBytes: 1,
    revision: 1,
    dependsOn,
  };
}
const wanted: WantedState = {
  catalogId: 'catalog',
  revision: 7,
  chain: 'chain',
  extensions: [extension('A'), extension('B', ['A']), extension('C', ['B']), extension('D')],
};

test('a package takes the place of what was there, and waits for what is there of its needs', () => {
  const next: NewPackage = {
    sha256: 'new',
    sizeBytes: 2,
    unpackedBytes: 3,
    treeDigest: 'tree',
    manifest: { files: [], directories: [] },
    metadata: {
      name: 'D',
      version: '2.0',
      entities: [],
      fileResources: [],
      dependsOn: [
        { name: 'A', version: '1.0' },
        { name: 'Away', version: '0.0.0' },
      ],
    },
  };
  const after = withPackages(wanted, [{ package: next, succeeds: ['B'] }]);
  expect(after.extensions.map(({ name }) => name).toSorted()).toEqual(['A', 'B', 'C', 'D']);
  expect(after.extensions.find(({ name }) => name === 'D')).toMatchObject({
    sha256: 'new',
    revision: 8,
    dependsOn: ['A'],
    succeeds: ['B'],
  });
  expect([after.revision, after.chain]).toEqual([7, 'chain']);
  expect(withoutExtensions(wanted, ['D', 'A']).extensions).toHaveLength(2);
});

test('needs are followed to their end, circles too', () => {
  expect(withDependencies(wanted, ['C'])).toEqual(new Set(['C', 'B', 'A']));
  expect(withDependencies(wanted, ['New', 'D'])).toEqual(new Set(['New', 'D']));
  expect(withDependencies({ extensions: [extension('X', ['Y']), extension('Y', ['X'])] }, ['X'])).toEqual(
    new Set(['X', 'Y']),
  );
});
