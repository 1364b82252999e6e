import { copyFile, link, readdir, rename, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './disk/failure.js';
import type { PackageSource } from './ports.js';
import { hashFile, TimeSlice } from './tree/hash-file.js';

const ZIP = /^([0-9a-f]{64})\.zip$/;

interface CachedZip {
  readonly path: string;
  readonly sizeBytes: number;
  readonly usedAtMs: number;
}

/** A package that is to be fetched. */
export interface WantedZip {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * `.muster/packages/<sha256>.zip`: zips that were fetched, bounded by bytes, the one used longest ago goes first. Believed
 * no more than any other source: nothing in it is made durable.
 */
export class PackageCache implements PackageSource {
  readonly name = 'cache';

  constructor(
    private readonly directory: string,
    private readonly maxBytes: number,
  ) {}

  async fetch(sha256: string, file: string): Promise<boolean> {
    const cached = this.path(sha256);
    try {
      await link(cached, file);
      await utimes(cached, new Date(), new Date());
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /**
   * What fetching these packages one after the other would cost in bytes from outside, each by its digest: what is kept and
   * whole costs nothing, unless an earlier one of the row drives it out first. Changes nothing.
   */
  async costs(row: readonly WantedZip[]): Promise<ReadonlyMap<string, number>> {
    const kept = new Map<string, number>();
    for (const { path, sizeBytes } of (await this.list()).sort(byUse)) kept.set(path, sizeBytes);
    const costs = new Map<string, number>();
    for (const { sha256, sizeBytes } of row) {
      const path = this.path(sha256);
      const known = kept.get(path);
      // A damaged one is dropped; one that is used is the newest.
      kept.delete(path);
      const whole = known !== undefined && (costs.has(sha256) || (await isZip(path, sha256)));
      costs.set(sha256, (costs.get(sha256) ?? 0) + (whole ? 0 : sizeBytes));
      if (whole || sizeBytes <= this.maxBytes) kept.set(path, sizeBytes);
      if (!whole && sizeBytes <= this.maxBytes) driveOut(kept, this.maxBytes, path);
    }
    return costs;
  }

  /** Keeps a zip whose digest was compared; `file` may be removed afterwards. */
  async keep(sha256: string, file: string): Promise<void> {
    const { size } = await stat(file);
    if (size > this.maxBytes) return;
    await this.shrinkTo(this.maxBytes - size, sha256);
    const temporary = `${file}.cached`;
    await link(file, temporary).catch(() => copyFile(file, temporary));
    await rename(temporary, this.path(sha256));
    await unlink(temporary).catch(() => undefined);
  }

  async drop(sha256: string): Promise<void> {
    await unlink(this.path(sha256)).catch(() => undefined);
  }

  /** Gives up at least that many bytes, if it has them. */
  async giveUp(bytes: number): Promise<void> {
    const total = (await this.list()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    await this.shrinkTo(Math.max(0, total - bytes));
  }

  private async shrinkTo(bytes: number, except?: string): Promise<void> {
    const zips = (await this.list()).sort(byUse);
    let total = zips.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { path, sizeBytes } of zips) {
      if (total <= bytes) return;
      if (except !== undefined && path === this.path(except)) continue;
      await unlink(path).catch(() => undefined);
      total -= sizeBytes;
    }
  }

  private async list(): Promise<CachedZip[]> {
    const zips: CachedZip[] = [];
    for (const entry of await readdir(this.directory)) {
      if (!ZIP.test(entry)) continue;
      const path = join(this.directory, entry);
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined) zips.push({ path, sizeBytes: found.size, usedAtMs: found.mtimeMs });
    }
    return zips;
  }

  private path(sha256: string): string {
    return join(this.directory, `${sha256}.zip`);
  }
}

function byUse(left: CachedZip, right: CachedZip): number {
  return left.usedAtMs - right.usedAtMs;
}

async function isZip(path: string, sha256: string): Promise<boolean> {
  return hashFile(path, new TimeSlice(undefined)).then(
    (hashed) => hashed.sha256 === sha256,
    () => false,
  );
}

/** As `keep` does: the ones used longest ago go until all that is left fits. */
function driveOut(kept: Map<string, number>, maxBytes: number, except: string): void {
  let total = [...kept.values()].reduce((sum, sizeBytes) => sum + sizeBytes, 0);
  for (const [path, sizeBytes] of kept) {
    if (total <= maxBytes) return;
    if (path === except) continue;
    kept.delete(path);
    total -= sizeBytes;
  }
}
