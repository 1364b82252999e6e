import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumFile, packageTreeDigest, type PackageManifest } from '@muster/contracts';
import { requireFreeSpace } from '../disk/free-space.js';
import { removeTree } from '../disk/remove-tree.js';
import type { WantedExtension } from '../ports.js';
import { StorageError } from '../storage-error.js';
import type { StagedPackage } from './apply-options.js';
import { withDeadline } from './deadline.js';
import { fetchPackage } from './fetch-package.js';
import type { StagedTree } from './staged-tree.js';
import type { StagingContext } from './staging-context.js';

export type { StagedTree } from './staged-tree.js';

/** Blocks and inodes that a file takes beside its bytes, reckoned high. */
const BYTES_PER_FILE = 4096;

/** Takes the tree that stands staged or that the caller has extracted already, or fetches and extracts the package. */
export async function stage(context: StagingContext, wanted: WantedExtension): Promise<StagedTree> {
  const kept = context.options.shelf?.take(wanted.sha256);
  if (kept !== undefined) return kept;
  const given = context.options.staged?.find(({ sha256 }) => sha256 === wanted.sha256);
  return given === undefined ? await fetchAndExtract(context, wanted) : await finish(context, wanted, given);
}

async function fetchAndExtract(context: StagingContext, wanted: WantedExtension): Promise<StagedTree> {
  const { storage } = context.options;
  await requireSpaceForAll(context, [wanted]);
  const zip = await fetchPackage(context, wanted);
  try {
    await requireSpace(context, titleOf(wanted), wanted.unpackedBytes);
    context.report(wanted.name, 'staging');
    const { path: directory, remove } = await storage.staging.create();
    try {
      const { manifest } = await extract(context, wanted, zip.path, directory);
      return await finish(context, wanted, { sha256: wanted.sha256, directory, contents: { manifest } });
    } catch (error) {
      await remove();
      throw error;
    }
  } finally {
    await zip.remove();
  }
}

function extract(context: StagingContext, wanted: WantedExtension, zip: string, directory: string) {
  const { extractTimeoutMs } = context.limits;
  const stalled = (): StorageError =>
    new StorageError(
      'package-stalled',
      `${wanted.name} ${wanted.version} was not unpacked within ${extractTimeoutMs} ms`,
      {
        limit: `${extractTimeoutMs}ms`,
      },
    );
  const { reader, signal } = context.options;
  return withDeadline(extractTimeoutMs, signal, stalled, (inner) => reader.extract(zip, directory, inner));
}

/** Throws `disk-full` unless all of these fit beside each other, one zip at a time beside them. */
export async function requireSpaceForAll(context: StagingContext, row: readonly WantedExtension[]): Promise<void> {
  const [first, ...more] = row;
  if (first === undefined) return;
  const zipBytes = Math.max(...row.map(({ sizeBytes }) => sizeBytes));
  const behind = more.reduce((sum, { unpackedBytes }) => sum + unpackedBytes + BYTES_PER_FILE, 0);
  const what = `${titleOf(first)}${more.length === 0 ? '' : ` and ${more.length} more`}`;
  await requireSpace(context, what, first.unpackedBytes + behind + zipBytes);
}

async function requireSpace(context: StagingContext, what: string, bytes: number): Promise<void> {
  const { storage } = context.options;
  const needed = bytes + BYTES_PER_FILE + context.limits.reserveBytes;
  await requireFreeSpace(storage.path, needed, `unpacking ${what}`, (more) => storage.packages.giveUp(more));
}

function titleOf({ name, version }: WantedExtension): string {
  return `${name} ${version}`;
}

async function finish(context: StagingContext, wanted: WantedExtension, staged: StagedPackage): Promise<StagedTree> {
  const { name, sha256 } = wanted;
  await verifyManifest(context, wanted, staged.contents.manifest);
  const checksum = await open(join(staged.directory, checksumFile(name, sha256).path), 'wx', 0o644);
  try {
    await checksum.writeFile(checksumFile(name, sha256).content);
  } finally {
    await checksum.close();
  }
  return {
    path: staged.directory,
    sizeBytes: wanted.unpackedBytes,
    durable: false,
    remove: () => removeTree(staged.directory),
  };
}

/** What came out of the zip must be, file by file, what the catalog says: one digest tells, the manifest only says where. */
async function verifyManifest(
  context: StagingContext,
  wanted: WantedExtension,
  manifest: PackageManifest,
): Promise<void> {
  const { name, version, sha256, treeDigest } = wanted;
  const actual = packageTreeDigest(name, sha256, manifest);
  if (actual === treeDigest) return;
  const expected = await context.options.catalog.manifest(sha256);
  const where = expected === undefined ? 'its digest differs' : firstDifference(expected, manifest);
  throw new StorageError('manifest-mismatch', `${name} ${version} does not unpack to what the catalog says: ${where}`, {
    limit: treeDigest,
    actual,
    remedy: 'import the package again',
  });
}

function firstDifference(expected: PackageManifest, actual: PackageManifest): string {
  const describe = ({ files, directories }: PackageManifest): Map<string, string> =>
    new Map([
      ...files.map(({ path, size, sha256 }): [string, string] => [path, `${size} ${sha256}`]),
      ...directories.map((path): [string, string] => [`${path}/`, 'directory']),
    ]);
  const [wanted, found] = [describe(expected), describe(actual)];
  for (const [path, value] of wanted)
    if (found.get(path) !== value) return `${path} ${found.has(path) ? 'differs' : 'is missing'}`;
  const more = [...found.keys()].find((path) => !wanted.has(path));
  return more === undefined ? 'the catalog contradicts itself' : `${more} is too many`;
}
