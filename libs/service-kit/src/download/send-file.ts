import type { Request, Response } from 'express';
import type { Readable } from 'node:stream';
import { contentTypeOf } from './content-type.js';
import { sendDownload, type DownloadOutcome } from './send-download.js';

/** A file that stands open for reading. */
export interface OpenFile {
  readonly sizeBytes: number;
  /** Changes with its bytes. */
  readonly tag: string;
  read(offset: number, lengthBytes: number): Readable;
}

/** Sends a file as what its name stands for, whole or by ranges. Throws as `sendDownload` does. */
export function sendFile(request: Request, response: Response, name: string, file: OpenFile): Promise<DownloadOutcome> {
  return sendDownload(request, response, {
    sizeBytes: file.sizeBytes,
    contentType: contentTypeOf(name),
    etag: file.tag,
    open: ({ offset, lengthBytes }) => file.read(offset, lengthBytes),
  });
}
