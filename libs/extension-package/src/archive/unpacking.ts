import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { MusterError } from '@muster/contracts';
import type { ManifestFile, PackageManifest } from '@muster/contracts';
import type { Archive } from './archive.js';
import { readInChunks, sha256Of, WHOLE_ENTRY_BYTES } from './entry-data.js';
import { byBytes } from './entry-tree.js';
import type { PlacedEntry } from './local-headers.js';

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/**
 * Reads every entry and compares size and CRC-32; where a directory is given, writes it there too. Every file is created
 * exclusively inside directories that were made here, so nothing that stood there before is followed or overwritten.
 */
export async function readAll(archive: Archive, directory?: string): Promise<PackageManifest> {
  if (directory !== undefined) makeDirectories(directory, archive.directories);
  const files: ManifestFile[] = [];
  for (const entry of archive.entries) {
    const target = directory === undefined || entry.isDirectory ? undefined : `${directory}/${entry.path}`;
    const sha256 = await readEntry(archive, entry, target);
    if (!entry.isDirectory) files.push({ path: entry.path, size: entry.size, sha256 });
  }
  files.sort((left, right) => byBytes(left.path, right.path));
  return { files, directories: [...archive.directories] };
}

function makeDirectories(directory: string, directories: readonly string[]): void {
  mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  if (!lstatSync(directory).isDirectory() || readdirSync(directory).length > 0) {
    throw new MusterError('directory-not-empty', `cannot unpack into ${directory}: it is a link, or it is not empty`, {
      remedy: 'Unpack into a directory that is new or empty.',
    });
  }
  for (const path of directories) mkdirSync(`${directory}/${path}`, { mode: DIRECTORY_MODE });
}

async function readEntry(archive: Archive, entry: PlacedEntry, target: string | undefined): Promise<string> {
  if (Math.max(entry.size, entry.compressedSize) <= WHOLE_ENTRY_BYTES) {
    const data = archive.read(entry);
    if (target !== undefined) withNewFile(target, (fd) => writeFully(fd, data));
    return sha256Of(data);
  }
  if (target === undefined) return readInChunks(archive.fd, entry, () => undefined);
  const fd = openSync(target, 'wx', FILE_MODE);
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
