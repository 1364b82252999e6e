import type { IncomingMessage } from 'node:http';
import { HttpProblem } from '@muster/service-kit';
import { readFormFiles } from './form-files.js';
import type { ImportBudget } from './import-budget.js';
import { HOW_TO_SEND, tooLarge, writeUpload, type UploadedZip } from './upload-file.js';

/** Types that a zip comes as; curl calls everything a form unless it is told otherwise. */
const RAW = new Set([
  '',
  'application/zip',
  'application/x-zip',
  'application/x-zip-compressed',
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-www-form-urlencoded',
]);

export type BodyKind = 'raw' | 'form' | 'unsupported';

/** How the body of this content type is to be read. */
export function bodyKindOf(contentType: string | undefined): BodyKind {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'multipart/form-data') return 'form';
  return RAW.has(type) ? 'raw' : 'unsupported';
}

/**
 * Streams the zips of a request, the body itself or the files of a form, to files that do not exist yet, in the order in which
 * they come. `fileOf` names the place of each, counted from 0.
 *
 * @throws HttpProblem 400, 413, 415, or 499 `client-gone` where the connection ended first
 */
export async function receiveUploads(
  request: IncomingMessage,
  fileOf: (index: number) => string,
  budget: ImportBudget,
): Promise<UploadedZip[]> {
  const kind = bodyKindOf(request.headers['content-type']);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (kind === 'unsupported' || encoding !== 'identity') throw unsupported(request);
  const { maxZipBytes } = budget.limits;
  const announced = Number(request.headers['content-length'] ?? 0);
  if (kind === 'raw' && announced > maxZipBytes) throw tooLarge(maxZipBytes, announced);
  const write = (bytes: AsyncIterable<Buffer>, index: number): Promise<UploadedZip> =>
    writeUpload(bytes, fileOf(index), maxZipBytes, (count) => budget.spendBytes(count));
  try {
    if (kind === 'raw') return [await write(request.iterator({ destroyOnReturn: false }), 0)];
    return await readFormFiles(request, budget, async (bytes, index, name) => {
      const zip = await write(bytes, index);
      return name === undefined ? zip : { ...zip, name };
    });
  } catch (error) {
    if (!request.complete && (request.destroyed || request.errored)) throw clientGone();
    throw error;
  }
}

/** Nobody reads this answer; the audit and the metrics do. */
export function clientGone(): HttpProblem {
  return new HttpProblem(499, 'client-gone', 'the client went away before the import was committed');
}

function unsupported({ headers }: IncomingMessage): HttpProblem {
  const type = headers['content-type'] ?? '';
  const encoding = headers['content-encoding'];
  const actual = encoding === undefined ? type : `${type} in ${encoding}`;
  return new HttpProblem(415, 'media-type-unsupported', `a zip does not come as ${JSON.stringify(actual)}`, {
    actual,
    remedy: HOW_TO_SEND,
  });
}
