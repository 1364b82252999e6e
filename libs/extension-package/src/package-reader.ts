import type { ManifestFile, PackageManifest, PackageMetadata } from '@muster/contracts';
import type { BundleContents } from './archive/bundle.js';

/** Limits of `threats`: each is configurable, each is checked before the work that it bounds. Bytes and milliseconds. */
export interface PackageLimits {
  readonly maxZipBytes: number;
  readonly maxEntries: number;
  readonly maxEntryBytes: number;
  /** Sum of the sizes that the entries declare. */
  readonly maxUnpackedBytes: number;
  /** A total ratio above this is refused, but only where more than `ratioFloorBytes` would be unpacked. */
  readonly maxRatio: number;
  readonly ratioFloorBytes: number;
  readonly maxNameBytes: number;
  readonly maxComponentBytes: number;
  readonly maxDepth: number;
  readonly maxMetadataBytes: number;
  /** Each file of `Entities/`; they hold whole entities, media included, so they may be larger than metadata.xml. */
  readonly maxEntityFileBytes: number;
  readonly timeoutMs: number;
  readonly workerHeapMb: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: PackageLimits = {
  maxZipBytes: 512 * MIB,
  maxEntries: 10_000,
  maxEntryBytes: 512 * MIB,
  maxUnpackedBytes: 1024 * MIB,
  maxRatio: 100,
  ratioFloorBytes: 64 * MIB,
  maxNameBytes: 1024,
  maxComponentBytes: 240,
  maxDepth: 32,
  maxMetadataBytes: MIB,
  maxEntityFileBytes: 16 * MIB,
  timeoutMs: 60_000,
  workerHeapMb: 256,
};

/** What a package holds, after every entry was read, and its size and CRC-32 compared. */
export interface PackageContents {
  readonly metadata: PackageMetadata;
  readonly manifest: PackageManifest;
  /** Sum of the files' sizes. */
  readonly unpackedBytes: number;
}

/** What the archive says of itself before anything is inflated: for a free-space check. */
export interface PackageOutline {
  readonly entries: number;
  readonly unpackedBytes: number;
  readonly metadata: PackageMetadata;
  /** Paths of its files, in the order of the archive. */
  readonly files: readonly string[];
}

/** What a zip turns out to be: a package, or several of them in one zip. */
export type ZipOutline =
  | ({ readonly kind: 'package' } & PackageOutline)
  | ({ readonly kind: 'bundle'; readonly unpackedBytes: number } & BundleContents);

/**
 * Reads packages in a worker: a hostile archive ends as one refusal (`PackageRefused`, with its code), never as the end of
 * the process. One reader serves a process; calls may overlap, they queue for a worker.
 */
export interface PackageReader {
  /** Checks the archive's structure and names, and reads its metadata, without unpacking the rest. */
  outline(zipFile: string): Promise<PackageOutline>;
  /** The same of a zip that may hold several packages: it is looked at no deeper than its own directory. */
  look(zipFile: string): Promise<ZipOutline>;
  /**
   * Checks a bundle whole while it writes the zips that it holds into `directory`, which must not exist or be empty; nothing
   * else of it is written, and what they hold is not looked at. A zip that is no bundle is refused with `metadata-missing`.
   */
  unbundle(zipFile: string, directory: string, signal?: AbortSignal): Promise<readonly ManifestFile[]>;
  /** Checks everything, writing nothing. */
  check(zipFile: string): Promise<PackageContents>;
  /**
   * Checks everything while unpacking into `directory`, which must not exist or be empty; files 0644, directories 0755, not
   * yet durable. Writes no `.chk`. After a refusal the directory may hold a part: the caller removes it.
   */
  extract(zipFile: string, directory: string, signal?: AbortSignal): Promise<PackageContents>;
  close(): Promise<void>;
}
