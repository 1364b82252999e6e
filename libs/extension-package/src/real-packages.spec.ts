import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { createPackageReader } from './create-package-reader.js';
import { treeOf } from './spec/trial-ground.js';

/* Real third-party packages, kept beside the repository and never in it: the licences of what they hold are unclear. */
const directory = path.join(process.env['MUSTER_SHARED'] ?? path.resolve('..', 'shared'), 'real-zips');

interface RealZip {
  readonly name: string;
  readonly extension: Record<string, string | null>;
  readonly metadataEntityKinds: Record<string, number>;
}

describe.skipIf(!existsSync(directory))('real packages', () => {
  const reader = createPackageReader();
  afterAll(() => reader.close());

  const zips = existsSync(directory)
    ? (JSON.parse(readFileSync(path.join(directory, 'manifest.json'), 'utf8')) as { zips: RealZip[] }).zips
    : [];

  it.each(zips)('$name is accepted and unpacks as unzip does it', async ({ name, extension, metadataEntityKinds }) => {
    const file = path.join(directory, name);
    const root = await temporaryDirectory('real');
    const contents = await reader.extract(file, path.join(root, 'ours'));
    execFileSync('unzip', ['-q', file, '-d', path.join(root, 'theirs')]);
    expect(treeOf(path.join(root, 'ours'))).toEqual(contents.manifest);
    const theirs = treeOf(path.join(root, 'theirs'));
    expect(contents.manifest).toEqual(theirs);
    expect(contents.unpackedBytes).toBe(theirs.files.reduce((sum, { size }) => sum + size, 0));

    const { metadata } = contents;
    expect(metadata).toMatchObject({
      name: extension['name'],
      version: extension['packageVersion'],
      vendor: extension['vendor'],
      minimumThingWorxVersion: extension['minimumThingWorxVersion'],
      dependsOn: [],
    });
    expect(metadata.haCompatible).toBe(extension['haCompatible'] === 'false' ? false : undefined);
    for (const [collection, count] of Object.entries(metadataEntityKinds)) {
      const type = collection.replace(/ies$/, 'y').replace(/s$/, '');
      const found = metadata.entities.filter((entity) => entity.type === type).length;
      expect(found, collection).toBeGreaterThanOrEqual(count);
    }
    expect(await reader.check(file)).toEqual(contents);
    expect(await reader.outline(file)).toMatchObject({ metadata, unpackedBytes: contents.unpackedBytes });
  });

  it.runIf(zips.length > 0)('reads the entity files of ActiveMQJMSExtension', async () => {
    const { metadata } = await reader.check(path.join(directory, 'ActiveMQJMSExtension_3.0.0.zip'));
    expect(metadata.entities).toContainEqual({ type: 'DataShape', name: 'MessageReceivedEvent' });
    expect(metadata.fileResources).toHaveLength(7);
  });
});
