import type { ClientRequest } from 'node:http';
import { PROPOSAL_DEADLINE } from '@muster/contracts';
import { currentRequest, HttpProblem } from '@muster/service-kit';
import { Router, type Request, type Response } from 'express';
import { createProxyServer, type ProxyServer } from 'httpxy';
import { forwardedHeaders, dropPrivateHeaders } from './headers.js';
import { agentFor } from './agent-for.js';

/** What the import-service answers, so that a page of this service reaches all of it under its own address. */
const PATHS = [
  ...[
    'imports',
    'proposals',
    'extensions',
    'packages',
    'revisions',
    'entities',
    'replays',
    'freeze',
    'settings',
    'Thingworx',
  ].map((name) => `/${name}{/*rest}`),
  '/nodes/:id/orders{/*rest}',
  '/nodes/:id/pause',
];
const CONNECT_DEADLINE_MS = 5_000;
/** Nothing of an answer for so long, while nothing is sent either: the other side has deadlines of its own for all it does. */
const SILENCE_MS = 900_000;

export interface PassThroughOptions {
  readonly silenceMs?: number;
}

/**
 * Passes requests on to the import-service, bodies and answers as streams both ways. The guard has already refused what a
 * foreign page sends; the import-service's own guard sees a request to itself from no page at all.
 */
export function passThrough(importUrl: string, { silenceMs = SILENCE_MS }: PassThroughOptions = {}): Router {
  const target = new URL(importUrl);
  const proxy = createProxyServer({ target, changeOrigin: true, agent: agentFor(target) });
  proxy.on('proxyReq', limitConnecting);
  proxy.on('proxyRes', ({ headers }) => {
    // Of that connection, not of the client's.
    delete headers.connection;
    delete headers['keep-alive'];
  });
  const handle = (request: Request, response: Response) => pass({ proxy, target, silenceMs }, request, response);
  const router = Router();
  for (const path of PATHS) router.all(path, handle);
  router.delete('/nodes/:id', handle);
  return router;
}

interface Way {
  readonly proxy: ProxyServer;
  readonly target: URL;
  readonly silenceMs: number;
}

async function pass({ proxy, target, silenceMs }: Way, request: Request, response: Response): Promise<void> {
  // Its answer comes when every node is ready, or its own deadline has passed.
  const waitsMs = request.query['activate'] === 'together' ? PROPOSAL_DEADLINE.maxMs : 0;
  const headers = forwardedHeaders(request, currentRequest());
  dropPrivateHeaders(request.headers);
  try {
    await proxy.web(request, response, { headers, proxyTimeout: waitsMs + silenceMs });
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
