import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { packageTreeDigest, sha256Hex } from '@muster/contracts';
import { createPackageReader } from '@muster/extension-package';
import { buildPackage, temporaryDirectory } from '@muster/testing';
import type { WantedExtension } from '../ports.js';
import { MemoryCatalog } from '../spec/memory-catalog.js';
import { TrialStorage } from '../spec/trial-storage.js';

it('a real zip, read by the real reader, stands byte for byte; a hostile one is parked with its own code', async () => {
  const reader = createPackageReader({ maxThreads: 1 });
  onTestFinished(() => reader.close());
  const bytes = buildPackage({ name: 'ThingWorx Metrices', version: '1.0.2', directories: ['empty'] });
  const zip = join(await temporaryDirectory('zip'), 'package.zip');
  writeFileSync(zip, bytes);
  const { manifest, unpackedBytes } = await reader.check(zip);
  const sha256 = sha256Hex(bytes);
  const name = 'ThingWorx Metrices';
  const treeDigest = packageTreeDigest(name, sha256, manifest);
  const common = { version: '1.0.2', unpackedBytes, revision: 1, dependsOn: [] };
  const good: WantedExtension = { name, sha256, treeDigest, sizeBytes: bytes.length, ...common };
  const rubbish = Buffer.from('no zip at all');
  const bad: WantedExtension = { ...good, name: 'Bad', sha256: sha256Hex(rubbish) };

  const trial = await TrialStorage.open(new MemoryCatalog());
  const source = {
    name: 'zips',
    fetch: (wanted: string, file: string) => writeFile(file, wanted === sha256 ? bytes : rubbish).then(() => true),
  };
  const wanted = { ...trial.catalog.state(), extensions: [bad, good] };
  const result = await trial.apply({ wanted, sources: [source], reader });
  expect(result.applied.map((step) => step.name)).toEqual([name]);
  expect(result.parked).toMatchObject([{ name: 'Bad', step: 'stage' }]);
  expect(result.parked[0]?.code).not.toBe('step-failed');
  const local = await trial.storage.inspect({ full: true });
  expect(local.extensions.get(name)?.tree).toEqual({ digest: treeDigest });
  expect(trial.tree('Bad')).toBeUndefined();
});
