import type { Request, Response } from 'express';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HttpProblem } from '../problems/http-problem.js';
import { readRange, type ByteRange, type RangeAnswer } from './byte-range.js';

export interface Download {
  readonly sizeBytes: number;
  /** Default `application/octet-stream`. */
  readonly contentType?: string;
  /** Offered as the name under which to save it. */
  readonly fileName?: string;
  /** Strong tag without quotes, e.g. the sha256. Needed for `If-None-Match` and `If-Range`. */
  readonly etag?: string;
  /** The address never gives other bytes: caches may keep it for ever. */
  readonly immutable?: boolean;
  /** Opens exactly these bytes. `signal` is aborted when the client is gone. */
  open(range: ByteRange, signal: AbortSignal): Readable | Promise<Readable>;
}

export type DownloadOutcome = 'sent' | 'not-modified' | 'aborted';

/**
 * Answers GET or HEAD with a stream: whole, or the one range that was asked for. A client that leaves ends the source.
 *
 * @throws HttpProblem 416 `range-not-satisfiable`; whatever `open` throws; the source's error, after the connection was cut
 */
export async function sendDownload(request: Request, response: Response, download: Download): Promise<DownloadOutcome> {
  const { sizeBytes } = download;
  setCacheHeaders(response, download);
  if (isNotModified(request, download)) {
    response.status(304).end();
    return 'not-modified';
  }
  const answer = rangeOf(request, download);
  if (answer.kind === 'unsatisfiable') throw unsatisfiable(request, response, sizeBytes);
  const range = answer.kind === 'part' ? answer.range : { offset: 0, lengthBytes: sizeBytes };
  setBodyHeaders(response, download, range, answer.kind === 'part');
  if (request.method === 'HEAD') {
    response.end();
    return 'sent';
  }
  return stream(response, download, range);
}

function setCacheHeaders(response: Response, { etag, immutable }: Download): void {
  response.setHeader('Accept-Ranges', 'bytes');
  if (etag !== undefined) response.setHeader('ETag', `"${etag}"`);
  response.setHeader('Cache-Control', immutable === true ? 'public, max-age=31536000, immutable' : 'no-cache');
}

function setBodyHeaders(response: Response, download: Download, range: ByteRange, partial: boolean): void {
  const { offset, lengthBytes } = range;
  response.status(partial ? 206 : 200);
  response.setHeader('Content-Type', download.contentType ?? 'application/octet-stream');
  response.setHeader('Content-Length', lengthBytes);
  if (partial) response.setHeader('Content-Range', `bytes ${offset}-${offset + lengthBytes - 1}/${download.sizeBytes}`);
  if (download.fileName !== undefined) response.attachment(download.fileName).type(download.contentType ?? 'bin');
}

function isNotModified(request: Request, { etag }: Download): boolean {
  const header = request.headers['if-none-match'];
  if (header === undefined || etag === undefined) return false;
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${etag}"`);
}

/** A range that was asked for an older body (`If-Range`) gets the whole new one. */
function rangeOf(request: Request, { etag, sizeBytes }: Download): RangeAnswer {
  const condition = request.headers['if-range'];
  const stale = condition !== undefined && condition !== `"${etag ?? ''}"`;
  return stale ? { kind: 'whole' } : readRange(request.headers.range, sizeBytes);
}

function unsatisfiable(request: Request, response: Response, sizeBytes: number): HttpProblem {
  response.setHeader('Content-Range', `bytes */${sizeBytes}`);
  return new HttpProblem(416, 'range-not-satisfiable', 'the range lies outside the body', {
    limit: sizeBytes,
    actual: request.headers.range ?? '',
  });
}

async function stream(response: Response, download: Download, range: ByteRange): Promise<DownloadOutcome> {
  const aborter = new AbortController();
  const gone = (): void => aborter.abort(new Error('the client is gone'));
  response.once('close', gone);
  try {
    const source = await download.open(range, aborter.signal);
    if (response.closed || response.destroyed) source.destroy();
    await pipeline(source, exactly(range.lengthBytes), response);
    return 'sent';
  } catch (error) {
    if (response.destroyed && aborter.signal.aborted) return 'aborted';
    throw error;
  } finally {
    response.off('close', gone);
  }
}

/** A source that gives less than was announced would leave the client waiting; one that gives more, in disorder. */
function exactly(lengthBytes: number) {
  return async function* (chunks: AsyncIterable<Uint8Array>) {
    let seen = 0;
    for await (const chunk of chunks) {
      seen += chunk.byteLength;
      if (seen > lengthBytes) break;
      yield chunk;
    }
    if (seen !== lengthBytes) throw new Error(`the source of a download of ${lengthBytes} bytes gave ${seen}`);
  };
}
