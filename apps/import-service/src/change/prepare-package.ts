import type { Catalog, NewPackage } from '@muster/catalog';
import { packageTreeDigest } from '@muster/contracts';
import type { PackageContents, PackageReader } from '@muster/extension-package';
import type { UploadedZip } from '../upload/upload-file.js';

export interface PreparedPackage {
  readonly package: NewPackage;
  readonly contents: PackageContents;
}

export interface PreparePackageParts {
  readonly reader: PackageReader;
  readonly catalog: Pick<Catalog, 'blobs' | 'packages'>;
}

/**
 * Checks the whole package while it is unpacked, and writes its bytes to the catalog meanwhile, as a blob that nothing refers
 * to: a commit takes it, or it is collected. Whichever fails ends the other.
 */
export async function preparePackage(
  { reader, catalog }: PreparePackageParts,
  zip: UploadedZip,
  directory: string,
  signal: AbortSignal,
): Promise<PreparedPackage> {
  const aborter = new AbortController();
  const both = AbortSignal.any([signal, aborter.signal]);
  const orEnd = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      aborter.abort(error);
      throw error;
    });
  const extracted = orEnd(reader.extract(zip.file, directory, both));
  const stored = orEnd(storeZip(catalog, zip, both));
  await Promise.allSettled([extracted, stored]);
  if (aborter.signal.aborted) throw aborter.signal.reason;
  const [contents, blob] = await Promise.all([extracted, stored]);
  const { metadata, manifest, unpackedBytes } = contents;
  const treeDigest = packageTreeDigest(metadata.name, zip.sha256, manifest);
  const { sha256, sizeBytes } = zip;
  return {
    contents,
    package: { sha256, sizeBytes, unpackedBytes, metadata, manifest, treeDigest, ...(blob !== undefined && { blob }) },
  };
}

/** The new blob; undefined where the catalog has these bytes already. */
async function storeZip(
  { blobs, packages }: PreparePackageParts['catalog'],
  { file, sha256 }: UploadedZip,
  signal: AbortSignal,
): Promise<string | undefined> {
  const known = await packages.find(sha256);
  if (known?.hasZip === true) return undefined;
  return (await blobs.write(file, { signal })).blob;
}
