import type { PackageMetadata } from '@muster/contracts';
import { Archive } from '../archive/archive.js';
import { bundleOf, type BundleContents } from '../archive/bundle.js';
import { identityOfDescriptor, identityOfPath } from '../archive/file-identity.js';
import { METADATA_PATH } from '../metadata/metadata-xml.js';
import { readPackageMetadata } from '../metadata/package-metadata.js';
import type { PackageLimits } from '../package-reader.js';

/** An outline's extract follows at once; what is not asked for by then only holds a descriptor and some memory. */
const KEEP_MS = 2_000;

/** A package whose structure and names are good, and its metadata once somebody asked for it. */
export class OpenPackage {
  #metadata: PackageMetadata | undefined;

  constructor(
    readonly zipFile: string,
    readonly archive: Archive,
    readonly limits: PackageLimits,
  ) {}

  /** The zips that it holds, where it has no metadata.xml and holds any. */
  asBundle(): BundleContents | undefined {
    if (this.archive.find(METADATA_PATH) !== undefined) return undefined;
    return bundleOf(this.archive.entries.flatMap(({ path, isDirectory }) => (isDirectory ? [] : [path])));
  }

  /** Throws `PackageRefused`. */
  readMetadata(): PackageMetadata {
    return (this.#metadata ??= readPackageMetadata(this.archive, this.limits));
  }
}

/** The package that this thread opened last, for a short while, so that the next job on the same file does not parse it again. */
export class KeptArchive {
  #kept: OpenPackage | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly keepMs = KEEP_MS) {}

  /** The kept one if it is that file, unchanged, under the same limits; otherwise it is closed and the file opened. */
  async open(zipFile: string, limits: PackageLimits): Promise<OpenPackage> {
    const kept = this.#kept;
    clearTimeout(this.#timer);
    this.#kept = undefined;
    if (kept !== undefined) {
      if (isStill(kept, zipFile, limits)) return kept;
      kept.archive.close();
    }
    return new OpenPackage(zipFile, await Archive.open(zipFile, limits), limits);
  }

  /** Takes over what `open` returned. */
  keep(opened: OpenPackage): void {
    this.close();
    this.#kept = opened;
    this.#timer = setTimeout(() => this.close(), this.keepMs).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#kept?.archive.close();
    this.#kept = undefined;
  }
}

function isStill({ zipFile, archive, limits }: OpenPackage, wanted: string, wantedLimits: PackageLimits): boolean {
  const keys = Object.keys(limits) as (keyof PackageLimits)[];
  return (
    zipFile === wanted &&
    keys.every((key) => limits[key] === wantedLimits[key]) &&
    identityOfDescriptor(archive.fd) === archive.identity &&
    identityOfPath(wanted) === archive.identity
  );
}
