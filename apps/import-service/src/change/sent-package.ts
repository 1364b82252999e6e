import type { PackageMetadata } from '@muster/contracts';
import type { PackageRefused } from '@muster/extension-package';
import type { Incoming } from '../rules/facts.js';
import type { UploadedZip } from '../upload/upload-file.js';

/** A package that was sent, by itself or in a bundle, and could be read so far. */
export interface SentPackage extends Incoming {
  readonly zip: UploadedZip;
  readonly unpackedBytes: number;
}

/** A zip that was sent and is no package, or no good one. */
export interface UnreadableZip {
  readonly zip: UploadedZip;
  readonly refused: PackageRefused;
}

/** All that one import sent. */
export interface SentPackages {
  readonly packages: readonly SentPackage[];
  readonly unreadable: readonly UnreadableZip[];
  /** Files of bundles that are no packages, and were left out. */
  readonly leftOut: readonly string[];
}

export function sentPackage(
  zip: UploadedZip,
  { metadata, files, unpackedBytes }: { metadata: PackageMetadata; files: readonly string[]; unpackedBytes: number },
): SentPackage {
  const { sha256, name } = zip;
  return { zip, metadata, files, unpackedBytes, sha256, ...(name !== undefined && { file: name }) };
}
