import type { Catalog } from '@muster/catalog';
import type { Warning } from '@muster/contracts';
import type { UploadedZip } from '../upload/upload-file.js';

/**
 * Exactly these bytes are current. Where the catalog's own copy was lost or damaged, nodes that do not have the package yet
 * cannot get it: the upload takes its place, without a revision, for nothing else changes. Undefined where it was whole.
 */
export async function mendZip(
  { blobs }: Pick<Catalog, 'blobs'>,
  { file, sha256 }: UploadedZip,
  signal: AbortSignal,
): Promise<Warning | undefined> {
  if (await blobs.isWhole(sha256)) return undefined;
  await blobs.replace(sha256, await blobs.write(file, { signal }));
  const detail = "the catalog's copy of this zip was missing or damaged; this upload has taken its place";
  return { code: 'zip-mended', detail };
}
