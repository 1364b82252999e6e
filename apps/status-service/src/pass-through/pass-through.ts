import type { ClientRequest } from 'node:http';
import { currentRequest, HttpProblem } from '@muster/service-kit';
import { Router, type Request, type Response } from 'express';
import { createProxyServer, type ProxyServer } from 'httpxy';
import { forwardedHeaders, dropPrivateHeaders } from './headers.js';
import { agentFor } from './agent-for.js';

/** What the import-service answers, so that a page of this service reaches all of it under its own address. */
const PATHS = [
  ...['imports', 'extensions', 'packages', 'revisions', 'entities', 'replays', 'freeze', 'settings', 'Thingworx'].map(
    (name) => `/${name}{/*rest}`,
  ),
  '/nodes/:id/orders{/*rest}',
  '/nodes/:id/pause',
];
const CONNECT_DEADLINE_MS = 5_000;
/** Nothing of an answer for so long, while nothing is sent either: the other side has deadlines of its own for all it does. */
const SILENCE_MS = 900_000;

/**
 * Passes requests on to the import-service, bodies and answers as streams both ways. The guard has already refused what a
 * foreign page sends; the import-service's own guard sees a request to itself from no page at all.
 */
export function passThrough(importUrl: string): Router {
  const target = new URL(importUrl);
  const proxy = createProxyServer({ target, changeOrigin: true, agent: agentFor(target), proxyTimeout: SILENCE_MS });
  proxy.on('proxyReq', limitConnecting);
  proxy.on('proxyRes', ({ headers }) => {
    // Of that connection, not of the client's.
    delete headers.connection;
    delete headers['keep-alive'];
  });
  const handle = (request: Request, response: Response) => pass(proxy, target, request, response);
  const router = Router();
  for (const path of PATHS) router.all(path, handle);
  router.delete('/nodes/:id', handle);
  return router;
}

async function pass(proxy: ProxyServer, target: URL, request: Request, response: Response): Promise<void> {
  const headers = forwardedHeaders(request, currentRequest());
  dropPrivateHeaders(request.headers);
  try {
    await proxy.web(request, response, { headers });
  } catch (error) {
    // An answer that has begun is the answer, even where the rest of the upload could no longer be delivered.
    if (response.headersSent || response.destroyed) return;
    throw away(target, error as Error);
  }
}

function limitConnecting(upstream: ClientRequest): void {
  const { socket } = upstream;
  if (socket?.connecting !== true) return;
  const timer = setTimeout(
    () => upstream.destroy(new Error(`no connection within ${CONNECT_DEADLINE_MS / 1_000} s`)),
    CONNECT_DEADLINE_MS,
  );
  for (const event of ['connect', 'close', 'error']) socket.once(event, () => clearTimeout(timer));
}

function away(target: URL, error: Error): HttpProblem {
  const reason = error instanceof AggregateError ? error.errors.map((one) => (one as Error).message).join('; ') : '';
  return new HttpProblem(502, 'import-service-away', `the import-service did not answer: ${reason || error.message}`, {
    actual: target.origin,
    remedy: 'start the import-service, or correct MUSTER_IMPORT_URL of the status-service',
    cause: error,
  });
}
