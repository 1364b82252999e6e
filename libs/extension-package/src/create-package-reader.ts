import { withLimits } from './package-limits.js';
import type { PackageMetadata } from '@muster/contracts';
import { isMember } from './archive/bundle.js';
import type { PackageContents, PackageLimits, PackageOutline, PackageReader } from './package-reader.js';
import type { ZipReading } from './reader/reader-crew.js';
import { ReaderPool } from './reader/reader-pool.js';

export interface PackageReaderOptions {
  /** Those that are not given are `DEFAULT_LIMITS`. */
  readonly limits?: Partial<PackageLimits>;
  /** Packages that are read at the same time; more wait. Where none waits, two threads read a larger package. Default 2. */
  readonly maxThreads?: number;
  /**
   * Threads that stand ready from now on, so that a package that comes after a long rest is read at once, a larger one by two.
   * Never more than `maxThreads`. Default 0.
   */
  readonly readyThreads?: number;
  /** How long any other thread rests before it is ended. Default 15,000. */
  readonly idleMs?: number;
}

/**
 * A reader whose calls reject with `PackageRefused` where the package is at fault, and with another `MusterError` where it
 * is not: `storage-full`, `storage-failed` (its `cause.code` has the errno, if there is one), `directory-not-empty`, `reader-not-started`,
 * `reader-closed`. An aborted `extract` rejects with the signal's reason, after its last write.
 */
export function createPackageReader(options: PackageReaderOptions = {}): PackageReader {
  const limits = withLimits(options.limits);
  const { maxThreads = 2, readyThreads = 0, idleMs = 15_000 } = options;
  const pool = new ReaderPool(limits, { maxThreads, readyThreads, idleMs });
  return {
    outline: async (zipFile) => outlineOf(await pool.run({ kind: 'outline', zipFile, limits })),
    look: async (zipFile) => {
      const reading = await pool.run({ kind: 'look', zipFile, limits });
      const { bundle, unpackedBytes } = reading;
      if (bundle === undefined) return { kind: 'package', ...outlineOf(reading) };
      return { kind: 'bundle', unpackedBytes, ...bundle };
    },
    unbundle: async (zipFile, directory, signal) => {
      const { manifest } = await pool.run({ kind: 'unbundle', zipFile, directory, limits }, signal);
      return manifest.files.filter(({ path }) => isMember(path));
    },
    check: async (zipFile) => contentsOf(await pool.run({ kind: 'check', zipFile, limits })),
    extract: async (zipFile, directory, signal) =>
      contentsOf(await pool.run({ kind: 'extract', zipFile, directory, limits }, signal)),
    close: () => pool.close(),
  };
}

function outlineOf(reading: ZipReading): PackageOutline {
  const { entries, unpackedBytes, files } = reading;
  return { entries, unpackedBytes, metadata: metadataOf(reading), files };
}

function contentsOf(reading: ZipReading): PackageContents {
  const { manifest, unpackedBytes } = reading;
  return { metadata: metadataOf(reading), manifest, unpackedBytes };
}

function metadataOf({ metadata }: ZipReading): PackageMetadata {
  if (metadata === undefined) throw new TypeError('a package was read without its metadata');
  return metadata;
}
