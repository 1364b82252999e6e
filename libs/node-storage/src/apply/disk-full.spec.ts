import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '@muster/testing';
import { fixturePackage } from '../spec/fixture-package.js';
import { MemoryCatalog } from '../spec/memory-catalog.js';
import { TrialStorage } from '../spec/trial-storage.js';

const MIB = 1024 * 1024;

function mountSmall(directory: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', directory]).status === 0;
}

const canMount = await (async () => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const directory = await temporaryDirectory('mount');
  const mounted = mountSmall(directory);
  if (mounted) spawnSync('umount', [directory]);
  return mounted;
})();

async function small(): Promise<TrialStorage> {
  const directory = await temporaryDirectory('small');
  mountSmall(directory);
  onTestFinished(() => void spawnSync('umount', ['-l', directory]));
  const trial = await TrialStorage.open(new MemoryCatalog(), {
    storage: join(directory, 'storage'),
    packageCacheBytes: 0,
  });
  trial.catalog.commit({ bring: [{ name: 'A', version: '1' }] });
  await trial.apply();
  return trial;
}

const big = fixturePackage({ name: 'A', version: '2', files: { 'metadata.xml': 'A 2', big: 'x'.repeat(9 * MIB) } });

describe.skipIf(!canMount)('a full disk (needs root and a tmpfs)', () => {
  it('is foreseen before anything is written', async () => {
    const trial = await small();
    trial.catalog.commit({ bring: [big] });
    const fetched: string[] = [];
    const source = { name: 's', fetch: async (sha256: string) => (fetched.push(sha256), false) };
    const result = await trial.apply({ sources: [source], limits: { reserveBytes: 4 * MIB } });
    expect(result.parked).toMatchObject([{ name: 'A', code: 'disk-full' }]);
    expect(fetched).toEqual([]);
    expect(trial.version('A')).toBe('1');
  });

  it.each(['the zip', 'the tree', 'the mark'])(
    'met while writing %s leaves the old version, and heals',
    async (what) => {
      const trial = await small();
      const filler = join(trial.storage.path, 'filler');
      // The catalog understates the size, so that the check beforehand passes.
      trial.catalog.commit({
        bring: what === 'the mark' ? [] : [{ ...big, unpackedBytes: 1, sizeBytes: 1 }],
        remove: what === 'the mark' ? ['A'] : [],
      });
      const room = { 'the zip': 4 * MIB, 'the tree': 12 * MIB, 'the mark': 0 }[what] ?? 0;
      const free = spawnSync('stat', ['-f', '-c', '%a %S', trial.storage.path], { encoding: 'utf8' })
        .stdout.split(' ')
        .map(Number);
      writeFileSync(filler, Buffer.alloc((free[0] ?? 0) * (free[1] ?? 0) - room));
      const result = await trial.apply();
      expect(result.parked).toMatchObject([{ name: 'A', code: 'disk-full' }]);
      expect(trial.version('A')).toBe('1');
      expect(await trial.storage.marks.read('A')).toMatchObject({ version: '1', state: 'installed', hook: 'done' });
      rmSync(filler);
      await trial.apply();
      expect(await trial.differences()).toEqual([]);
    },
  );
});
