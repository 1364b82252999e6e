import { MusterError } from '@muster/contracts';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { messageOf, toMusterError } from '../disk/failure.js';
import { removeTree } from '../disk/remove-tree.js';
import type { PackageSource, WantedExtension } from '../ports.js';
import { StorageError } from '../storage-error.js';
import { hashFile, TimeSlice } from '../tree/hash-file.js';
import { withDeadline } from './deadline.js';
import type { StagingContext } from './staging-context.js';

/** A zip on disk whose digest was compared. */
export interface FetchedZip {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Asks the sources in order, the storage's own cache first, and believes none: the file's sha256 decides. Throws
 * `checksum-mismatch`, `package-missing` (nobody has it), `package-stalled`, `package-fetch-failed`, `disk-full`.
 */
export async function fetchPackage(context: StagingContext, wanted: WantedExtension): Promise<FetchedZip> {
  const { storage, sources } = context.options;
  const problems: { source: string; error: StorageError }[] = [];
  for (const source of [storage.packages, ...sources]) {
    const path = join(storage.stagingArea.path, `${randomUUID()}.zip`);
    try {
      if (await tryFetch(context, source, wanted, path)) {
        if (source !== storage.packages) {
          context.fetchedBytes += wanted.sizeBytes;
          await storage.packages.keep(wanted.sha256, path).catch(() => undefined);
        }
        return { path, remove: () => removeTree(path) };
      }
    } catch (error) {
      await unlink(path).catch(() => undefined);
      if (error === context.options.signal?.reason) throw error;
      if (source === storage.packages) await storage.packages.drop(wanted.sha256);
      const failure = toFetchFailure(error, source, wanted);
      if (failure.code === 'disk-full') throw failure;
      if (source !== storage.packages) problems.push({ source: source.name, error: failure });
    }
  }
  throw overall(wanted, sources, problems);
}

async function tryFetch(
  context: StagingContext,
  source: PackageSource,
  wanted: WantedExtension,
  path: string,
): Promise<boolean> {
  const { fetchTimeoutMs } = context.limits;
  context.report(wanted.name, 'fetching', `from ${source.name}`);
  const stalled = (): StorageError =>
    new StorageError(
      'package-stalled',
      `${source.name} did not deliver ${describe(wanted)} within ${fetchTimeoutMs} ms`,
      {
        limit: `${fetchTimeoutMs}ms`,
      },
    );
  const found = await withDeadline(fetchTimeoutMs, context.options.signal, stalled, (signal) =>
    source.fetch(wanted.sha256, path, signal),
  );
  if (!found) return false;
  context.report(wanted.name, 'verifying', 'the digest of the zip');
  const { sha256 } = await hashFile(path, new TimeSlice(context.options.signal));
  if (sha256 === wanted.sha256) return true;
  throw new StorageError('checksum-mismatch', `${source.name} delivered other bytes for ${describe(wanted)}`, {
    limit: wanted.sha256,
    actual: sha256,
    remedy: 'look at that source: what it serves under this digest is damaged',
  });
}

function toFetchFailure(error: unknown, source: PackageSource, wanted: WantedExtension): StorageError {
  if (error instanceof StorageError) return error;
  const failure = toMusterError(error, `fetching ${describe(wanted)}`);
  if (failure instanceof StorageError && failure.code === 'disk-full') return failure;
  // Bytes that a source knows of and has lost do not come by trying again.
  const code =
    error instanceof MusterError && error.code === 'blob-damaged' ? 'package-missing' : 'package-fetch-failed';
  return new StorageError(code, `${source.name}: ${messageOf(error)}`, { cause: error });
}

function overall(
  wanted: WantedExtension,
  sources: readonly PackageSource[],
  problems: readonly { source: string; error: StorageError }[],
): StorageError {
  const [first, ...more] = problems;
  if (first !== undefined && more.length === 0) return first.error;
  if (first !== undefined) {
    const code = problems.some(({ error }) => error.code === 'package-fetch-failed')
      ? 'package-fetch-failed'
      : first.error.code;
    const detail = `${describe(wanted)}: ${problems.map(({ error }) => error.message).join('; ')}`;
    return new StorageError(code as 'package-fetch-failed', detail, { cause: first.error });
  }
  const asked = sources.map(({ name }) => name).join(', ') || 'no source';
  return new StorageError('package-missing', `none of the sources has ${describe(wanted)} (asked: ${asked})`, {
    remedy: 'import the package again',
  });
}

function describe({ name, version, sha256 }: WantedExtension): string {
  return `${name} ${version} (${sha256.slice(0, 12)}…)`;
}
