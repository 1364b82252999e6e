import { PackageRefused, type PackageReader, type ZipOutline } from '@muster/extension-package';

/**
 * What the archive says of itself. Where its metadata is missing the archive is checked to its end first: bytes that are
 * damaged are the better reason.
 */
export async function lookAtZip(reader: Pick<PackageReader, 'look' | 'check'>, zipFile: string): Promise<ZipOutline> {
  try {
    return await reader.look(zipFile);
  } catch (error) {
    if (error instanceof PackageRefused && error.code === 'metadata-missing') await reader.check(zipFile);
    throw error;
  }
}
