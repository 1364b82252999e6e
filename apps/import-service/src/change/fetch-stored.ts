import type { Catalog } from '@muster/catalog';
import { addAbortSignal } from 'node:stream';
import { clientGone } from '../upload/receive-upload.js';
import { writeUpload, type UploadedZip } from '../upload/upload-file.js';

/** The catalog's own bytes of a package, written to a file that does not exist yet; undefined where their zip is gone. */
export async function fetchStored(
  blobs: Pick<Catalog['blobs'], 'read'>,
  sha256: string,
  file: string,
  signal: AbortSignal,
): Promise<UploadedZip | undefined> {
  const bytes = await blobs.read(sha256);
  if (bytes === undefined) return undefined;
  try {
    return await writeUpload(addAbortSignal(signal, bytes), file, Number.MAX_SAFE_INTEGER);
  } catch (error) {
    if (signal.aborted) throw clientGone();
    throw error;
  }
}
