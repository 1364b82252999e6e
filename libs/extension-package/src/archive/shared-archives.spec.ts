import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withLimits } from '../package-limits.js';
import { PackageRefused } from '../package-refused.js';
import { treeOf } from '../spec/trial-ground.js';
import { Archive } from './archive.js';
import { EntryTurns } from './entry-turns.js';
import { makeDirectories, readEntries } from './unpacking.js';

/*
 * Public samples that are kept beside the repository, not in it. They hold no metadata.xml, so the archive layer is called
 * by itself.
 */
const directory = path.join(process.env['MUSTER_SHARED'] ?? path.resolve('..', 'shared'), 'bad-zips');

interface Sample {
  readonly file: string;
  readonly class: string;
  readonly expected: 'accept' | 'reject';
}

/** The code that tells what is wrong, where it is not the class itself. Some samples have a second flaw, met first. */
const CODES: Readonly<Record<string, string>> = {
  'data-out-of-bounds.zip': 'entry-too-large',
  'truncated.zip': 'truncated',
  'crc-wrong-one-of-three.zip': 'header-mismatch',
  'name-65535-bytes.zip': 'name-too-long',
  'cd-size-wrong.zip': 'directory-mismatch',
  'size-quoted-low.zip': 'header-mismatch',
  'symlink-then-file-same-name.zip': 'symlink',
  'zip-in-comment.zip': 'several-end-records',
  'encrypted-aes.zip': 'encrypted',
  'garbage-after-deflate-end.zip': 'header-mismatch',
  'method-zstd.zip': 'method-unsupported',
  'deflate-corrupt.zip': 'deflate-corrupt',
  'lfh-method-differs.zip': 'header-mismatch',
  'symlink-only.zip': 'symlink',
  'lfh-csize-differs.zip': 'header-mismatch',
  'zip64-extra-short.zip': 'zip64-invalid',
  'encrypted-zipcrypto.zip': 'encrypted',
  'empty-name.zip': 'empty-name',
  'slip-drive-letter.zip': 'absolute-path',
  'slip-sibling-prefix.zip': 'zip-slip',
  'multi-disk.zip': 'split-archive',
};

describe.skipIf(!existsSync(directory))('the public samples', () => {
  let target: string;
  let count = 0;
  beforeAll(async () => {
    target = await temporaryDirectory('samples');
  });
  afterAll(() => rmSync(target, { recursive: true, force: true }));

  const samples = existsSync(directory)
    ? (JSON.parse(readFileSync(path.join(directory, 'manifest.json'), 'utf8')) as { samples: Sample[] }).samples
    : [];

  it.each(samples)('$expected $file', async ({ file, expected }) => {
    const out = path.join(target, String((count += 1)), 'out');
    mkdirSync(path.dirname(out), { recursive: true });
    const result = await read(path.join(directory, file), out);
    if (expected === 'accept') expect(result).toEqual(treeOf(out));
    else expect(result).toBe(CODES[file]);
  });
});

async function read(file: string, out: string): Promise<unknown> {
  let archive: Archive | undefined;
  try {
    archive = await Archive.open(file, withLimits());
    makeDirectories(out, archive.directories);
    const files = await readEntries(archive, new EntryTurns(EntryTurns.memory(), false), (name) => `${out}/${name}`);
    return { files, directories: [...archive.directories] };
  } catch (error) {
    if (error instanceof PackageRefused) return error.code;
    throw error;
  } finally {
    archive?.close();
  }
}
