import { Catalog } from '@muster/catalog';
import { HttpProblem, sendDownload } from '@muster/service-kit';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';

export interface SentPackage {
  readonly sha256: string;
  /** The address names the bytes, so it never gives others. */
  readonly immutable: boolean;
}

/** Sends zips from the catalog, whole or in ranges, without ever holding one. */
@Injectable()
export class PackageSender {
  constructor(private readonly catalog: Catalog) {}

  /** @throws HttpProblem 404 `package-unknown` */
  async send(request: Request, response: Response, { sha256, immutable }: SentPackage): Promise<void> {
    const stored = await this.catalog.packages.find(sha256);
    if (stored === undefined || !stored.hasZip) throw packageUnknown(sha256);
    await sendDownload(request, response, {
      sizeBytes: stored.sizeBytes,
      contentType: 'application/zip',
      fileName: `${stored.name}-${stored.version}.zip`,
      etag: sha256,
      immutable,
      open: async ({ offset, lengthBytes }) => {
        const bytes = await this.catalog.blobs.read(sha256, { start: offset, end: offset + lengthBytes - 1 });
        if (bytes === undefined) throw packageUnknown(sha256);
        return bytes;
      },
    });
  }
}

function packageUnknown(sha256: string): HttpProblem {
  return new HttpProblem(404, 'package-unknown', `the catalog has no zip with the sha256 ${sha256}`, {
    remedy:
      'GET /extensions/{name} lists the packages that an extension had; the zips of old ones are kept for a while only.',
  });
}
