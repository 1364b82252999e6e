import type { BigIntStats } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { sha256Hex } from '@muster/contracts';
import { removeTree } from '../disk/remove-tree.js';

const CACHE_VERSION = 1;

/** A file whose times are nearer to the look than this may change again without new times: it is hashed every time. */
const RACY_MS = 2_000;

const DAY_MS = 24 * 60 * 60 * 1000;

/** `[size, mtime ns, ctime ns, inode, device, sha256, hashed at ms]` */
type Entry = readonly [string, string, string, string, string, string, number];

/** The entries of one extension, by path. */
export type CachedTree = ReadonlyMap<string, Entry>;

/**
 * Digests of files by size, mtime, ctime and inode. It only saves hashing: what it does not vouch for, by its age or by
 * times too near to the look, is hashed, and a cache that is lost or whose own digest is wrong is an empty one.
 */
export class StatCache {
  private trees = new Map<string, Map<string, Entry>>();
  private changed = false;

  constructor(private readonly file: string) {}

  static async load(file: string): Promise<StatCache> {
    const cache = new StatCache(file);
    const text = await readFile(file, 'utf8').catch(() => '');
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (end < 0 || text.slice(0, end) !== heading(body)) return cache;
    const trees = JSON.parse(body) as [string, [string, Entry][]][];
    cache.trees = new Map(trees.map(([name, entries]) => [name, new Map(entries)]));
    return cache;
  }

  /** The digest of a file as it stands, if this cache may vouch for it at that time. */
  digest(name: string, path: string, stat: BigIntStats, nowMs: number): string | undefined {
    const entry = this.trees.get(name)?.get(path);
    if (entry === undefined) return undefined;
    const age = nowMs - entry[6];
    if (age < 0 || age >= DAY_MS) return undefined;
    return key(stat).every((value, index) => value === entry[index]) ? entry[5] : undefined;
  }

  /** The entry to remember; undefined where the file's times are too near to the time at which hashing began. */
  static entry(stat: BigIntStats, sha256: string, hashedAtMs: number): Entry | undefined {
    const safe = BigInt(hashedAtMs - RACY_MS) * 1_000_000n;
    if (stat.mtimeNs >= safe || stat.ctimeNs >= safe) return undefined;
    return [...key(stat), sha256, hashedAtMs];
  }

  entryOf(name: string, path: string): Entry | undefined {
    return this.trees.get(name)?.get(path);
  }

  /** Takes the entries of a look at one extension in place of the older ones. */
  replace(name: string, entries: Map<string, Entry>): void {
    const before = this.trees.get(name);
    const same = before?.size === entries.size && [...entries].every(([path, entry]) => before.get(path) === entry);
    if (same || (before === undefined && entries.size === 0)) return;
    this.trees.set(name, entries);
    this.changed = true;
  }

  get isEmpty(): boolean {
    return this.trees.size === 0;
  }

  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.trees.keys()) if (!names.has(name)) this.changed = this.trees.delete(name) || this.changed;
  }

  /** Not made durable: what a power cut leaves of it fails its own digest. Where it cannot be written it is not. */
  async save(temporary: string): Promise<void> {
    if (!this.changed) return;
    const body = JSON.stringify([...this.trees].map(([name, entries]) => [name, [...entries]]));
    try {
      await writeFile(temporary, `${heading(body)}\n${body}`);
      await rename(temporary, this.file);
      this.changed = false;
    } catch {
      await removeTree(temporary);
    }
  }
}

function heading(body: string): string {
  return `muster stat-cache ${CACHE_VERSION} ${sha256Hex(body)}`;
}

function key(stat: BigIntStats): [string, string, string, string, string] {
  return [stat.size, stat.mtimeNs, stat.ctimeNs, stat.ino, stat.dev].map(String) as [
    string,
    string,
    string,
    string,
    string,
  ];
}
