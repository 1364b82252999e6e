import type { RequestHandler } from 'express';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { HttpProblem } from '../problems/http-problem.js';
import { sendProblem } from '../problems/send-problem.js';
import { hostOf, isForeignHost } from './foreign-host.js';
import { isForeignOrigin } from './foreign-origin.js';
import { rememberCaller, type TokenVerifier } from './token-verifier.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface GuardOptions {
  readonly boundHost: string;
  readonly allowedHosts: readonly string[];
  readonly verifier: TokenVerifier;
  readonly logger: Logger;
}

/**
 * Stands before everything else: a web page that somebody has open must not reach a service on loopback, neither under a
 * foreign name that resolves here (DNS rebinding) nor by a form or a fetch from another site.
 */
export function guard(options: GuardOptions): RequestHandler {
  return async (request, response, next) => {
    try {
      await check(request, options);
    } catch (error) {
      sendProblem(request, response, error, options.logger);
      return;
    }
    next();
  };
}

async function check(request: IncomingMessage, { boundHost, allowedHosts, verifier }: GuardOptions): Promise<void> {
  const host = hostOf(request.headers.host);
  if (host === undefined || isForeignHost(host, boundHost, allowedHosts, request.socket.localAddress)) {
    throw new HttpProblem(403, 'foreign-host', 'this service does not answer to the name in the Host header', {
      actual: request.headers.host ?? '(none)',
      remedy: 'reach it by its address, or name the host in MUSTER_ALLOWED_HOSTS',
    });
  }
  if (!SAFE_METHODS.has(request.method ?? '') && isForeignOrigin(request.headers, host, allowedHosts)) {
    throw new HttpProblem(403, 'foreign-origin', 'a page of another site may not change anything here', {
      actual: request.headers.origin ?? `Sec-Fetch-Site: ${String(request.headers['sec-fetch-site'])}`,
      remedy: 'use the page of this service, or a client that is not a web page',
    });
  }
  const verification = await verifier.verify(request);
  if (verification.outcome === 'refused') {
    const code = verification.status === 401 ? 'unauthenticated' : 'forbidden';
    throw new HttpProblem(verification.status, code, verification.detail);
  }
  rememberCaller(request, verification.caller);
}
