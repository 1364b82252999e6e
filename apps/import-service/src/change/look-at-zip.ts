import { PackageRefused, type PackageOutline, type PackageReader } from '@muster/extension-package';

/**
 * What the archive says of itself. Where its metadata is missing the archive is checked to its end first: bytes that are
 * damaged are the better reason.
 */
export async function readOutline(
  reader: Pick<PackageReader, 'outline' | 'check'>,
  zipFile: string,
): Promise<Pick<PackageOutline, 'metadata' | 'unpackedBytes'>> {
  try {
    return await reader.outline(zipFile);
  } catch (error) {
    if (!(error instanceof PackageRefused) || error.code !== 'metadata-missing') throw error;
    return reader.check(zipFile);
  }
}
