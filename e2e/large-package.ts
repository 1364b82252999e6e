import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { ImportResult, Problem } from '@muster/contracts';
import { buildPackage } from '@muster/testing';
import { type Answer, request } from './cluster.js';

const MEGABYTE = 1_000_000;

/** Writes a package of about so many megabytes: half of it jars of 10 MB, the rest files of 100 KB, nothing compressible. */
export async function writeLargePackage(
  directory: string,
  name: string,
  version: string,
  megabytes: number,
): Promise<string> {
  const files: Record<string, Buffer> = {};
  const large = Math.max(1, Math.floor(megabytes / 20));
  for (let index = 0; index < large; index += 1) files[`lib/common/part-${index}.jar`] = randomBytes(10 * MEGABYTE);
  const small = Math.min(2_000, Math.max(10, (megabytes - large * 10) * 10));
  for (let index = 0; index < small; index += 1) files[`ui/widget/file-${index}.js`] = randomBytes(100_000);
  const file = path.join(directory, `${name}-${version}.zip`);
  await writeFile(file, buildPackage({ name, version, files }));
  return file;
}

/** Uploads a file as a stream, as curl does. */
export async function upload(url: string, file: string): Promise<Answer<ImportResult & Problem>> {
  const { size } = await stat(file);
  return request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/zip', 'content-length': String(size) },
    body: Readable.toWeb(createReadStream(file)) as ReadableStream,
    duplex: 'half',
  } as RequestInit);
}
