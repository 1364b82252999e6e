import { MusterError } from '@muster/contracts';
import type { ManifestFile, PackageMetadata } from '@muster/contracts';
import type { BundleContents } from '../archive/bundle.js';
import type { FileIdentity } from '../archive/file-identity.js';
import type { PackageLimits } from '../package-reader.js';
import { PackageRefused } from '../package-refused.js';
import type { RefusalCode } from '../package-refused.js';

/** What the pool is asked. */
export type ReaderJob = { readonly zipFile: string; readonly limits: PackageLimits } & (
  | { readonly kind: 'outline' }
  /** An outline of a package or of a bundle. */
  | { readonly kind: 'look' }
  | { readonly kind: 'check' }
  | { readonly kind: 'extract'; readonly directory: string }
  /** Extracts the zips of a bundle. */
  | { readonly kind: 'unbundle'; readonly directory: string }
);

/** Whether the job asks for what the archive says of itself only. */
export function isOutline({ kind }: Pick<ReaderJob, 'kind'>): boolean {
  return kind === 'outline' || kind === 'look';
}

/**
 * What one worker is asked. A package has one leader, which reads its metadata and makes its directories; a helper checks the
 * structure as well, then takes entries. The helper of an outline only opens the package, for the extract that follows.
 */
export type ThreadJob = ReaderJob & {
  readonly role: 'leader' | 'helper';
  /** Memory of the `EntryTurns`. */
  readonly turns: SharedArrayBuffer;
};

/** What one thread has to say of a package. */
export interface PackagePart {
  /** Of the leader only. */
  readonly lead?: {
    /** Absent for a bundle. */
    readonly metadata?: PackageMetadata;
    readonly bundle?: BundleContents;
    /** Of an outline: paths of all files. */
    readonly paths: readonly string[];
    readonly entries: number;
    /** How many files all parts together have; none after an outline. */
    readonly files: number;
    readonly unpackedBytes: number;
    readonly directories: readonly string[];
  };
  /** Those that this thread read, sorted by path. */
  readonly files: readonly ManifestFile[];
  readonly identity: FileIdentity;
}

export type ReaderFailure = {
  readonly detail: string;
  readonly facts: RefusalFacts;
  /** Index of the entry that failed; -1 before the thread's first, past all entries behind its last. */
  readonly at: number;
} & (
  | { readonly kind: 'refused'; readonly code: RefusalCode }
  /** Not the package's fault: the zip could not be opened, the disk is full, … */
  | { readonly kind: 'failed'; readonly code: string; readonly errno?: string }
);

/** What it answers; it answers each job once, after one `ready` when it has started. */
export type ReaderAnswer =
  /** Nothing was left to do, or the helper found fault before it began: the leader looks at the same file. */
  { readonly kind: 'idle' } | { readonly kind: 'done'; readonly part: PackagePart } | ReaderFailure;

export interface RefusalFacts {
  readonly limit?: number | string;
  readonly actual?: number | string;
  readonly remedy?: string;
}

export function errorOf(failure: ReaderFailure): MusterError {
  const { detail, facts } = failure;
  if (failure.kind === 'refused') return new PackageRefused(failure.code, detail, facts);
  const { errno } = failure;
  const cause = errno === undefined ? {} : { cause: Object.assign(new Error(detail), { code: errno }) };
  return new MusterError(failure.code, detail, { ...facts, ...cause });
}
