import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { MusterError } from '@muster/contracts';
import type { ManifestFile } from '@muster/contracts';
import type { Archive } from './archive.js';
import { readInChunks, sha256Of, WHOLE_ENTRY_BYTES } from './entry-data.js';
import { byBytes } from './entry-tree.js';
import type { EntryTurns } from './entry-turns.js';
import type { PlacedEntry } from './local-headers.js';

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/**
 * Makes the target, which must be new or empty, and the package's directories in it. Every file is created exclusively inside
 * directories that were made here, so nothing that stood there before is followed or overwritten.
 */
export function makeDirectories(target: string, directories: readonly string[]): void {
  mkdirSync(target, { recursive: true, mode: DIRECTORY_MODE });
  if (!lstatSync(target).isDirectory() || readdirSync(target).length > 0) {
    throw new MusterError('directory-not-empty', `cannot unpack into ${target}: it is a link, or it is not empty`, {
      remedy: 'Unpack into a directory that is new or empty.',
    });
  }
  for (const path of directories) mkdirSync(`${target}/${path}`, { mode: DIRECTORY_MODE });
}

/** The file that an entry is written to, its directory standing already; undefined for one that is only checked. */
export type TargetOf = (path: string) => string | undefined;

/**
 * Reads the entries whose turns it gets and compares size and CRC-32; those that have a target are written there too. Returns
 * the files that it read, sorted by path.
 */
export async function readEntries(archive: Archive, turns: EntryTurns, targetOf: TargetOf): Promise<ManifestFile[]> {
  const { entries } = archive;
  const files: ManifestFile[] = [];
  for (;;) {
    const entry = entries[turns.take()];
    if (entry === undefined) break;
    const file = entry.isDirectory ? undefined : targetOf(entry.path);
    const sha256 = await readEntry(archive, entry, file);
    if (!entry.isDirectory) files.push({ path: entry.path, size: entry.size, sha256 });
  }
  return files.sort((left, right) => byBytes(left.path, right.path));
}

async function readEntry(archive: Archive, entry: PlacedEntry, file: string | undefined): Promise<string> {
  if (Math.max(entry.size, entry.compressedSize) <= WHOLE_ENTRY_BYTES) {
    const data = archive.read(entry);
    if (file !== undefined) withNewFile(file, (fd) => writeFully(fd, data));
    return sha256Of(data);
  }
  if (file === undefined) return readInChunks(archive.fd, entry, () => undefined);
  const fd = openSync(file, 'wx', FILE_MODE);
  try {
    return await readInChunks(archive.fd, entry, (chunk) => writeFully(fd, chunk));
  } finally {
    closeSync(fd);
  }
}

function withNewFile(path: string, use: (fd: number) => void): void {
  const fd = openSync(path, 'wx', FILE_MODE);
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}

function writeFully(fd: number, data: Buffer): void {
  for (let done = 0; done < data.length;) done += writeSync(fd, data, done, data.length - done);
}
