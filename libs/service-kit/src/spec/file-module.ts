import { Controller, Get, Head, Module, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { sendDownload, type Download, type DownloadOutcome } from '../download/send-download.js';

export const bytes = randomBytes(3_000_000);
export const outcomes: (DownloadOutcome | string)[] = [];
export const opened: Readable[] = [];
/** What the next downloads have instead. */
export const change: { to: Partial<Download> } = { to: {} };

function open({ offset, lengthBytes }: { offset: number; lengthBytes: number }): Readable {
  let at = offset;
  const end = offset + lengthBytes;
  const source = new Readable({
    read() {
      const next = bytes.subarray(at, Math.min(end, at + 65_536));
      at += next.length;
      this.push(next.length === 0 ? null : next);
    },
  });
  opened.push(source);
  return source;
}

@Controller('file')
class FileController {
  @Get()
  @Head()
  async file(@Req() request: Request, @Res() response: Response): Promise<void> {
    const download = {
      sizeBytes: bytes.length,
      etag: 'abc',
      immutable: true,
      contentType: 'application/zip',
      fileName: 'ä b.zip',
      open,
    };
    await sendDownload(request, response, { ...download, ...change.to }).then(
      (outcome) => outcomes.push(outcome),
      (error: unknown) => {
        outcomes.push(String(error));
        throw error;
      },
    );
  }
}

@Module({ controllers: [FileController] })
export class FileModule {}
