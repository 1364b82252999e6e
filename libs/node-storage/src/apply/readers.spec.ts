import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Child } from '../spec/child.js';
import { MemoryCatalog } from '../spec/memory-catalog.js';
import { TrialStorage } from '../spec/trial-storage.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');

it('readers see a whole version at every instant of many upgrades', async () => {
  const trial = await TrialStorage.open(new MemoryCatalog(), { packageCacheBytes: 0 });
  const upgrade = (version: number): Promise<unknown> => {
    const files = Array.from({ length: 20 }, (_, index) => [`file${index}`, `version ${version}`] as const);
    trial.catalog.commit({ bring: [{ name: 'A', version: `${version}`, files: Object.fromEntries(files) }] });
    return trial.apply();
  };
  await upgrade(0);
  const reader = Child.start('reader-child.mjs', [join(trial.storage.extensionsPath, 'A')]);
  await reader.says('looking');
  const upgrades = 20 * scale;
  for (let version = 1; version <= upgrades; version += 1) await upgrade(version);
  reader.tell('stop');
  await reader.ended;
  const { faults, looks, versions } = JSON.parse(reader.lines.at(-1) ?? '{}') as {
    faults: string[];
    looks: number;
    versions: number;
  };
  expect(faults).toEqual([]);
  expect(looks).toBeGreaterThan(upgrades);
  expect(versions).toBeGreaterThan(upgrades / 4);
  expect(await trial.differences()).toEqual([]);
}, 300_000);
