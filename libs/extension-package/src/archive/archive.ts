import { closeSync, fstatSync, openSync } from 'node:fs';
import { PackageRefused } from '../package-refused.js';
import type { PackageLimits } from '../package-reader.js';
import { readArchiveEntry } from './archive-entry.js';
import type { ArchiveEntry } from './archive-entry.js';
import { readDirectory } from './directory-reader.js';
import { locateDirectory } from './end-records.js';
import { readWhole } from './entry-data.js';
import { buildTree } from './entry-tree.js';
import { identityOfDescriptor } from './file-identity.js';
import type { FileIdentity } from './file-identity.js';
import { placeEntries } from './local-headers.js';
import type { PlacedEntry } from './local-headers.js';
import { ZipWindow } from './zip-window.js';

const HEADER_WINDOW_BYTES = 128 * 1024;
const DATA_WINDOW_BYTES = 1024 * 1024;

/**
 * An open zip whose structure and names have all been found good, before a byte of data is inflated: end records, central
 * directory, names and kinds, declared sizes, collisions, local headers and their tiling. What is left to check lies in the
 * data: CRC-32, size and the end of each deflate stream.
 */
export class Archive {
  readonly #window: ZipWindow;

  private constructor(
    readonly fd: number,
    readonly zipBytes: number,
    /** The file as it was before any of it was read. */
    readonly identity: FileIdentity,
    /** In the order of the file. */
    readonly entries: readonly PlacedEntry[],
    /** All directories, those that no entry names included, parents first. */
    readonly directories: readonly string[],
    readonly unpackedBytes: number,
  ) {
    this.#window = new ZipWindow(fd, zipBytes, DATA_WINDOW_BYTES);
  }

  /** Throws `PackageRefused`, or the error of `open`. */
  static async open(zipFile: string, limits: PackageLimits): Promise<Archive> {
    const fd = openSync(zipFile, 'r');
    try {
      const identity = identityOfDescriptor(fd);
      const zipBytes = fstatSync(fd).size;
      const headers = new ZipWindow(fd, zipBytes, HEADER_WINDOW_BYTES);
      const place = locateDirectory(headers, limits);
      const records = await readDirectory(headers, place);
      const entries = records.map((record) => readArchiveEntry(record, limits));
      const unpackedBytes = requireTotal(entries, zipBytes, limits);
      const directories = buildTree(entries);
      const placed = placeEntries(headers, entries, place.offset);
      return new Archive(fd, zipBytes, identity, placed, directories, unpackedBytes);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  find(path: string): PlacedEntry | undefined {
    return this.entries.find((entry) => entry.path === path && !entry.isDirectory);
  }

  /** The entry's data, CRC-32 compared; valid until the next call. */
  read(entry: PlacedEntry): Buffer {
    return readWhole(this.#window, entry);
  }

  close(): void {
    closeSync(this.fd);
  }
}

function requireTotal(entries: readonly ArchiveEntry[], zipBytes: number, limits: PackageLimits): number {
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > limits.maxUnpackedBytes) {
    throw new PackageRefused('unpacked-too-large', `the package would unpack to ${total} bytes`, {
      limit: limits.maxUnpackedBytes,
      actual: total,
      remedy: 'Make the package smaller, or raise MUSTER_MAX_UNPACKED_BYTES.',
    });
  }
  const ratio = total / zipBytes;
  if (total > limits.ratioFloorBytes && ratio > limits.maxRatio) {
    throw new PackageRefused('ratio-too-high', `the package would unpack from ${zipBytes} to ${total} bytes`, {
      limit: limits.maxRatio,
      actual: Math.round(ratio),
      remedy: 'Store what is as compressible as this differently, or raise MUSTER_MAX_RATIO.',
    });
  }
  return total;
}
