import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { treeDigest, type ManifestFile } from '@muster/contracts';
import { errorCode, messageOf } from '../disk/failure.js';
import { hashFile, NotRegular, TimeSlice } from './hash-file.js';
import type { TreeState } from './local-state.js';
import { StatCache } from './stat-cache.js';

/** More entries than any package may have: whoever put them there, it is not what the catalog wants. */
const MAX_ENTRIES = 200_000;

export interface ScanOptions {
  readonly name: string;
  readonly root: string;
  readonly cache: StatCache;
  /** Hashes every file, whatever the cache says. */
  readonly full: boolean;
  readonly slice: TimeSlice;
}

type Entries = Parameters<StatCache['replace']>[1];

/** A tree that has no digest, with the reason. */
class Faulty extends Error {}

/** What stands in one extension's directory. Any other file type makes it faulty, and is never opened. */
export async function scanTree(options: ScanOptions): Promise<TreeState> {
  const seen: Entries = new Map();
  try {
    const { files, directories } = await scan(options, seen);
    return { digest: treeDigest(files, directories) };
  } catch (error) {
    if (error instanceof Faulty) return { fault: error.message };
    if (errorCode(error) === undefined || errorCode(error) === 'ABORT_ERR') throw error;
    return { fault: `it cannot be read: ${messageOf(error)}` };
  } finally {
    options.cache.replace(options.name, seen);
  }
}

async function scan(options: ScanOptions, seen: Entries): Promise<{ files: ManifestFile[]; directories: string[] }> {
  const files: ManifestFile[] = [];
  const directories: string[] = [];
  if (!lstatSync(options.root).isDirectory())
    throw new Faulty(`${typeOf(lookAt(options.root, ''))} stands in place of the directory`);
  const open = [''];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    for (const entry of readdirSync(join(options.root, directory))) {
      const path = directory === '' ? entry : `${directory}/${entry}`;
      const stat = lookAt(options.root, path);
      if (stat.isDirectory()) {
        directories.push(path);
        open.push(path);
      } else if (stat.isFile()) {
        files.push(await digestFile(options, path, stat, seen));
      } else {
        throw new Faulty(`${typeOf(stat)} in it: ${path}`);
      }
      if (files.length + directories.length > MAX_ENTRIES) throw new Faulty(`more than ${MAX_ENTRIES} files in it`);
    }
    await options.slice.turn();
  }
  return { files, directories };
}

async function digestFile(options: ScanOptions, path: string, stat: BigIntStats, seen: Entries): Promise<ManifestFile> {
  const { name, cache } = options;
  const nowMs = Date.now();
  const known = options.full ? undefined : cache.digest(name, path, stat, nowMs);
  if (known !== undefined) {
    const entry = cache.entryOf(name, path);
    if (entry !== undefined) seen.set(path, entry);
    return { path, size: Number(stat.size), sha256: known };
  }
  try {
    const hashed = await hashFile(join(options.root, path), options.slice);
    const unchanged = hashed.stat.ctimeNs === stat.ctimeNs && hashed.stat.ino === stat.ino;
    const entry = unchanged ? StatCache.entry(hashed.stat, hashed.sha256, nowMs) : undefined;
    if (entry !== undefined) seen.set(path, entry);
    return { path, size: hashed.sizeBytes, sha256: hashed.sha256 };
  } catch (error) {
    if (error instanceof NotRegular || errorCode(error) === 'ELOOP')
      throw new Faulty(`no regular file any more: ${path}`);
    throw error;
  }
}

/** A name that is not UTF-8 cannot be found again by its text; no package has one. */
function lookAt(root: string, path: string): BigIntStats {
  try {
    return lstatSync(join(root, path), { bigint: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT')
      throw new Faulty(`it changed while it was read, or a name is not UTF-8: ${path}`);
    throw error;
  }
}

function typeOf(stat: BigIntStats): string {
  if (stat.isSymbolicLink()) return 'a symbolic link';
  if (stat.isFIFO()) return 'a fifo';
  if (stat.isSocket()) return 'a socket';
  if (stat.isFile()) return 'a file';
  return 'a device';
}
