import { HttpProblem } from '@muster/service-kit';
import { Router, type Request, type Response } from 'express';
import type { PageFile } from './page-files.js';

/** Everything comes from here, and nothing within the page may run but its own files. */
export const PAGE_POLICY = [
  "default-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "style-src 'self'",
  "script-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
].join('; ');
const ONE_YEAR_SECONDS = 31_536_000;

/**
 * Serves the page under `/ui/`; each of its addresses there is answered with the page itself, which knows what it shows. The
 * REST paths stay what they are. Without a built page it says how to build one.
 */
export function servePage(files: ReadonlyMap<string, PageFile> | undefined): Router {
  const router = Router({ strict: true });
  router.get('/', (_request, response) => response.redirect(302, '/ui/'));
  router.get('/ui', (_request, response) => response.redirect(308, '/ui/'));
  router.get('/ui/{*rest}', (request, response) => {
    const file = files?.get('index.html') === undefined ? undefined : choose(files, request);
    if (file === undefined) throw notThere(request, files !== undefined);
    send(request, response, file);
  });
  return router;
}

/** A file of this name, or the page itself where a browser asks for an address. */
function choose(files: ReadonlyMap<string, PageFile>, request: Request): PageFile | undefined {
  const name = request.path.slice('/ui/'.length);
  const file = files.get(name);
  if (file !== undefined) return file;
  // A file that is gone must not be answered with the page: a browser would take it for the script that it asked for.
  const isFile = name.startsWith('assets/');
  return !isFile && request.accepts('html') === 'html' ? files.get('index.html') : undefined;
}

function send(request: Request, response: Response, { type, etag, immutable, plain, gzip, br }: PageFile): void {
  response.setHeader('Content-Type', type);
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', immutable ? `public, max-age=${ONE_YEAR_SECONDS}, immutable` : 'no-cache');
  response.setHeader('Content-Security-Policy', PAGE_POLICY);
  response.setHeader('Vary', 'Accept-Encoding');
  if (request.headers['if-none-match']?.includes(etag) === true) {
    response.status(304).end();
    return;
  }
  const { coding, body } = encoded(request, { plain, gzip, br });
  if (coding !== undefined) response.setHeader('Content-Encoding', coding);
  response.setHeader('Content-Length', body.length);
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** The smallest that the client takes. */
function encoded(
  request: Request,
  { plain, gzip, br }: { plain: Buffer; gzip: Buffer | undefined; br: Buffer | undefined },
): { readonly coding?: string; readonly body: Buffer } {
  if (br !== undefined && request.acceptsEncodings('br') === 'br') return { coding: 'br', body: br };
  if (gzip !== undefined && request.acceptsEncodings('gzip') === 'gzip') return { coding: 'gzip', body: gzip };
  return { body: plain };
}

function notThere({ path }: Request, isBuilt: boolean): HttpProblem {
  if (isBuilt) return new HttpProblem(404, 'not-found', `the page has no file ${path.slice(0, 200)}`);
  return new HttpProblem(404, 'page-not-built', 'the page has not been built, so there is nothing to show here', {
    remedy: 'npm run build, then start this service again; the API works without it',
  });
}
