import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { HttpProblem } from '@muster/service-kit';

/** A zip that lies in staging as it came. */
export interface UploadedZip {
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Its name as it was sent, or where it lay in a bundle. */
  readonly name?: string;
}

const WRITE_BUFFER_BYTES = 1024 * 1024;

/**
 * Writes a body to a file as it comes, hashing and counting on the way; `onBytes` may stop it by throwing. It does not end what
 * it reads from: the answer goes out on the same connection.
 *
 * @throws HttpProblem 413 `zip-too-large`, 400 `empty-body`
 */
export async function writeUpload(
  body: AsyncIterable<Buffer>,
  file: string,
  maxBytes: number,
  onBytes: (count: number) => void = () => undefined,
): Promise<UploadedZip> {
  const hash = createHash('sha256');
  const output = createWriteStream(file, { flags: 'wx', highWaterMark: WRITE_BUFFER_BYTES });
  const written = finished(output);
  written.catch(() => undefined);
  let sizeBytes = 0;
  try {
    for await (const piece of body) {
      sizeBytes += piece.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes, sizeBytes);
      onBytes(piece.length);
      hash.update(piece);
      if (!output.write(piece)) await Promise.race([once(output, 'drain'), written]);
    }
    output.end();
    await written;
  } catch (error) {
    output.destroy();
    throw error;
  }
  if (sizeBytes === 0) throw new HttpProblem(400, 'empty-body', 'the request carries no zip', { remedy: HOW_TO_SEND });
  return { file, sha256: hash.digest('hex'), sizeBytes };
}

export const HOW_TO_SEND =
  'Send the zip as the body: curl --data-binary @package.zip, or as files of a form: curl -F file=@package.zip -F file=@other.zip.';

export function tooLarge(limit: number, actual: number): HttpProblem {
  return new HttpProblem(413, 'zip-too-large', `the zip is larger than ${limit} bytes`, {
    limit,
    actual,
    remedy: 'Make the package smaller, or raise MUSTER_MAX_ZIP_BYTES on the import-service.',
  });
}
