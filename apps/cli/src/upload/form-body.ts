import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Readable } from 'node:stream';
import { bytesOf, type PackageFile } from './package-file.js';

/** A body whose length is known before it is sent. */
export interface UploadBody {
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly open: () => Readable;
}

/** Files as one form, `multipart/form-data`: each is read from the disk when its turn comes. */
export function formOf(files: readonly PackageFile[]): UploadBody {
  const boundary = `muster-${randomBytes(18).toString('hex')}`;
  const parts = files.map((file) => ({ file, head: Buffer.from(headOf(boundary, path.basename(file.given))) }));
  const tail = Buffer.from(`--${boundary}--\r\n`);
  const between = Buffer.from('\r\n');
  const open = async function* (): AsyncGenerator<Buffer> {
    for (const { file, head } of parts) {
      yield head;
      yield* bytesOf(file) as AsyncIterable<Buffer>;
      yield between;
    }
    yield tail;
  };
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    sizeBytes: parts.reduce((sum, { file, head }) => sum + head.length + file.sizeBytes + between.length, tail.length),
    open: () => Readable.from(open(), { objectMode: false }),
  };
}

function headOf(boundary: string, name: string): string {
  const quoted = name.replace(/["\r\n\\]/g, '_');
  return `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${quoted}"\r\ncontent-type: application/zip\r\n\r\n`;
}
