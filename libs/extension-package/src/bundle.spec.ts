import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256Hex } from '@muster/contracts';
import { buildPackage, buildZip, temporaryDirectory, type ZipEntry } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleOf } from './archive/bundle.js';
import { createPackageReader, type PackageReader } from './index.js';

const one = buildPackage({ name: 'One' });
const two = buildPackage({ name: 'Two', files: { 'lib/common/two.jar': 'x'.repeat(300_000) } });

let reader: PackageReader;
beforeAll(() => {
  reader = createPackageReader({ limits: { maxUnpackedBytes: 1024 ** 2, maxEntries: 20 } });
});
afterAll(() => reader.close());

async function zipFile(...entries: ZipEntry[]): Promise<{ file: string; out: string }> {
  const directory = await temporaryDirectory('bundle');
  const file = path.join(directory, 'outer.zip');
  await writeFile(file, buildZip(entries));
  return { file, out: path.join(directory, 'out') };
}

describe('what makes a zip a bundle', () => {
  it.each<[string, string[], string[] | undefined]>([
    ['zips at its root', ['a.zip', 'b.ZIP'], ['a.zip', 'b.ZIP']],
    ['a read-me beside them', ['README.txt', 'a.zip', '__MACOSX/._a.zip'], ['a.zip']],
    ['no zip', ['README.txt'], undefined],
    ['zips in a directory only', ['all/a.zip'], undefined],
    ['a package that lost its metadata', ['a.zip', 'lib/common/a.jar'], undefined],
    ['a directory that was zipped', ['a.zip', 'b/metadata.xml'], undefined],
    ['nothing', [], undefined],
  ])('%s', (_, files, members) => {
    expect(bundleOf(files)?.members).toEqual(members);
  });
});

describe('a bundle', () => {
  it('is told from a package, and its zips come out byte for byte, nothing else', async () => {
    const { file, out } = await zipFile(
      { name: 'one.zip', data: one },
      { name: 'README.txt', data: 'read me' },
      { name: 'two.zip', data: two, method: 0 },
    );
    expect(await reader.look(file)).toEqual({
      kind: 'bundle',
      members: ['one.zip', 'two.zip'],
      others: ['README.txt'],
      unpackedBytes: one.length + two.length + 7,
    });
    expect(await reader.unbundle(file, out)).toEqual([
      { path: 'one.zip', size: one.length, sha256: sha256Hex(one) },
      { path: 'two.zip', size: two.length, sha256: sha256Hex(two) },
    ]);
    expect(readdirSync(out).toSorted()).toEqual(['one.zip', 'two.zip']);
    expect(readFileSync(path.join(out, 'two.zip')).equals(two)).toBe(true);
    expect(await reader.look(path.join(out, 'one.zip'))).toMatchObject({ kind: 'package', metadata: { name: 'One' } });
  });

  it.each<[string, ZipEntry[], string]>([
    ['a name that leads out', [{ name: '../one.zip', data: one }], 'zip-slip'],
    ['damaged bytes', [{ name: 'one.zip', data: one, central: { crc: 1 }, local: { crc: 1 } }], 'crc-mismatch'],
    [
      'two names that are one',
      [
        { name: 'a.zip', data: one },
        { name: 'A.zip', data: two },
      ],
      'name-collision',
    ],
    ['a link', [{ name: 'a.zip', data: 'b.zip', mode: 0o120777 }], 'symlink'],
    ['more than may be unpacked', [{ name: 'a.zip', data: Buffer.alloc(1024 ** 2 + 1) }], 'unpacked-too-large'],
    ['too many entries', Array.from({ length: 21 }, (_, n) => ({ name: `${n}.zip`, data: one })), 'too-many-entries'],
    ['no package at all', [{ name: 'a.txt', data: 'no' }], 'metadata-missing'],
    [
      'a package',
      [
        { name: 'metadata.xml', data: 'no' },
        { name: 'a.zip', data: one },
      ],
      'metadata-invalid',
    ],
  ])('passes the checks of every archive: %s', async (_, entries, code) => {
    const { file, out } = await zipFile(...entries);
    await expect(reader.unbundle(file, out)).rejects.toMatchObject({ code });
    const written = existsSync(out) ? readdirSync(out).filter((name) => !/^[^/]+\.zip$/.test(name)) : [];
    expect(written).toEqual([]);
  });
});
