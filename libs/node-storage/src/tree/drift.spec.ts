import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sha256Hex } from '@muster/contracts';
import { MemoryCatalog } from '../spec/memory-catalog.js';
import { TrialStorage } from '../spec/trial-storage.js';

const HOUR_MS = 3_600_000;

async function standing(): Promise<{ trial: TrialStorage; root: string; right: string }> {
  const trial = await TrialStorage.open(new MemoryCatalog());
  trial.catalog.commit({ bring: [{ name: 'A', version: '1' }] });
  await trial.apply();
  const right = trial.catalog.state().extensions[0]?.treeDigest ?? '';
  return { trial, root: join(trial.storage.extensionsPath, 'A'), right };
}

function later(byMs: number): void {
  const now = Date.now() + byMs;
  vi.spyOn(Date, 'now').mockImplementation(() => now);
}

afterEach(() => vi.restoreAllMocks());

describe('drift', () => {
  const cases: [string, (root: string) => void, RegExp | undefined][] = [
    [
      'a byte flipped, times kept',
      (root) => {
        const file = join(root, 'metadata.xml');
        const { atime, mtime } = statSync(file);
        writeFileSync(file, readFileSync(file, 'utf8').replace('A', 'B'));
        utimesSync(file, atime, mtime);
      },
      undefined,
    ],
    ['a file deleted', (root) => rmSync(join(root, 'metadata.xml')), undefined],
    ['a file added', (root) => writeFileSync(join(root, 'lib/more'), ''), undefined],
    ['an empty directory added', (root) => mkdirSync(join(root, 'more')), undefined],
    ['the .chk edited', (root) => appendFileSync(join(root, 'A.chk'), ' '), undefined],
    [
      'a symbolic link in place of a file',
      (root) => {
        rmSync(join(root, 'metadata.xml'));
        symlinkSync('/etc/passwd', join(root, 'metadata.xml'));
      },
      /a symbolic link in it: metadata.xml/,
    ],
    [
      'a symbolic link in place of a directory',
      (root) => {
        rmSync(join(root, 'lib'), { recursive: true });
        symlinkSync('/etc', join(root, 'lib'));
      },
      /a symbolic link in it: lib/,
    ],
    ['a fifo', (root) => execFileSync('mkfifo', [join(root, 'lib/fifo')]), /a fifo in it/],
    [
      'a name that is not UTF-8',
      (root) => writeFileSync(Buffer.concat([Buffer.from(`${root}/x`), Buffer.from([0xff])]), ''),
      /not UTF-8/,
    ],
    [
      'a file in place of the directory',
      (root) => {
        rmSync(root, { recursive: true });
        writeFileSync(root, 'x');
      },
      /a file stands in place/,
    ],
    [
      'a link in place of the directory',
      (root) => {
        rmSync(root, { recursive: true });
        symlinkSync('/etc', root);
      },
      /a symbolic link stands in place/,
    ],
  ];
  it.each(cases)('%s is found, though the stat-cache knew the file, and healed', async (_, drift, fault) => {
    const { trial, root, right } = await standing();
    // Whole seconds, so that they can be put back exactly.
    utimesSync(join(root, 'metadata.xml'), 1_700_000_000, 1_700_000_000);
    later(HOUR_MS);
    await trial.storage.inspect();
    drift(root);
    const tree = (await trial.storage.inspect()).extensions.get('A')?.tree;
    expect(tree).not.toEqual({ digest: right });
    if (fault !== undefined) expect(tree).toEqual({ fault: expect.stringMatching(fault) });
    const result = await trial.apply();
    expect(result.applied).toMatchObject([{ name: 'A', kind: 'replace' }]);
    expect(await trial.differences()).toEqual([]);
    expect(readFileSync('/etc/passwd', 'utf8')).toContain('root');
  });

  it('is not made up: a tree that stands is not touched', async () => {
    const { trial, root } = await standing();
    const { ino } = statSync(root);
    expect((await trial.apply()).applied).toEqual([]);
    expect(statSync(root).ino).toBe(ino);
  });
});

describe('the stat-cache', () => {
  const forge = (file: string): void => {
    const [, body = ''] = readFileSync(file, 'utf8').split('\n');
    const forged = body.replaceAll(/"[0-9a-f]{64}"/g, `"${'0'.repeat(64)}"`);
    writeFileSync(file, `muster stat-cache 1 ${sha256Hex(forged)}\n${forged}`);
  };
  const digestOf = async (trial: TrialStorage, options = {}): Promise<unknown> => {
    const again = await TrialStorage.open(trial.catalog, { storage: trial.storage.path });
    const tree = (await again.storage.inspect(options)).extensions.get('A')?.tree;
    await again.storage.close();
    return tree !== undefined && 'digest' in tree ? tree.digest : tree;
  };

  it('saves hashing; a full look, and a day, do not believe it', async () => {
    const { trial, right } = await standing();
    later(HOUR_MS);
    await trial.storage.inspect();
    forge(trial.storage.layout.statCache);
    const forged = await digestOf(trial);
    expect(forged).not.toBe(right);
    expect(await digestOf(trial, { full: true })).toBe(right);
    forge(trial.storage.layout.statCache);
    later(25 * HOUR_MS);
    expect(await digestOf(trial)).toBe(right);
  });

  it('does not remember a file that may change again within its times', async () => {
    const { trial, root, right } = await standing();
    await trial.storage.inspect();
    const file = join(root, 'metadata.xml');
    for (let round = 0; round < 50; round += 1) {
      writeFileSync(file, round % 2 === 0 ? 'B 1' : 'A 1');
      const tree = (await trial.storage.inspect()).extensions.get('A')?.tree;
      expect(tree !== undefined && 'digest' in tree && tree.digest === right).toBe(round % 2 === 1);
    }
    const cached = readFileSync(trial.storage.layout.statCache, { encoding: 'utf8', flag: 'a+' });
    expect(cached).not.toContain('metadata.xml');
  });

  it.each([
    ['lost', (file: string) => rmSync(file)],
    ['cut off', (file: string) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20))],
    [
      'altered',
      (file: string) =>
        writeFileSync(file, readFileSync(file, 'utf8').replace(/[0-9a-f]{64}",/g, `${'0'.repeat(64)}",`)),
    ],
    ['empty', (file: string) => writeFileSync(file, '')],
  ])('%s means to hash', async (_, damage) => {
    const { trial, right } = await standing();
    later(HOUR_MS);
    await trial.storage.inspect();
    damage(trial.storage.layout.statCache);
    expect(await digestOf(trial)).toBe(right);
  });
});
