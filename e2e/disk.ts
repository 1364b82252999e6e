import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';

/** Acceptance material that is not part of the project: real and hostile archives, where a machine has them. */
export const shared = process.env['MUSTER_SHARED'] ?? path.resolve(import.meta.dirname, '../../shared');
export const hasShared = existsSync(path.join(shared, 'real-zips'));

/** The lines of `diff -r` between an extension's directory and `unzip` of its zip, the `.chk` aside. */
export async function differences(directory: string, name: string, zip: string): Promise<string[]> {
  const reference = await temporaryDirectory('reference');
  const unzip = spawnSync('unzip', ['-q', '-o', zip, '-d', reference], { encoding: 'utf8' });
  if (unzip.status !== 0 && unzip.status !== 1) throw new Error(`unzip ${zip}: ${unzip.stderr}`);
  const diff = spawnSync('diff', ['-r', reference, directory], { encoding: 'utf8' });
  const lines = diff.stdout.split('\n').filter((line) => line !== '');
  const expected = `Only in ${directory}: ${name}.chk`;
  return [
    ...lines.filter((line) => line !== expected),
    ...(lines.includes(expected) ? [] : [`no ${name}.chk in ${directory}`]),
  ];
}

export async function sha256OfFile(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/** Names of the extensions that stand in a storage. */
export function extensionsIn(storage: string): string[] {
  const directory = path.join(storage, 'extensions');
  return existsSync(directory) ? readdirSync(directory).toSorted() : [];
}

/** One digest for a whole tree: what `find | sort | sha256sum` would say. */
export function digestOfTree(directory: string): string {
  return execFileSync(
    'sh',
    [
      '-c',
      'find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum | sha256sum; find . -type d | LC_ALL=C sort | sha256sum',
    ],
    {
      cwd: directory,
      encoding: 'utf8',
    },
  );
}

/** What lies in staging and trash of a storage, living instances' lock files aside. */
export function leftovers(storage: string): string[] {
  return ['staging', 'trash'].flatMap((area) => {
    const directory = path.join(storage, '.muster', area);
    if (!existsSync(directory)) return [];
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((entry) => entry.includes('/') && !entry.endsWith('lock'))
      .map((entry) => `${area}/${entry}`);
  });
}
