import type { Request, RequestHandler, Response } from 'express';
import type { Level, Logger } from 'pino';
import { startSpan, type Span } from '../tracing/start-span.js';
import { childOf, readTraceparent, writeTraceparent } from '../tracing/traceparent.js';
import { redactUrl } from './redact-url.js';
import { requestContext, runInRequest } from './request-context.js';

const QUIET_PATHS = new Set(['/health/live', '/health/ready', '/metrics', '/Thingworx/health', '/Thingworx/ready']);

/**
 * Names the request (`X-Request-Id`, `traceparent`) for everything that is logged while it runs, and logs its end in one
 * line: whoever looks for slow or refused requests needs no other.
 */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const path = request.path;
    const span = spanOf(request, path);
    const context = requestContext(request.headers['x-request-id'], span.traceparent);
    response.setHeader('X-Request-Id', context.requestId);
    response.once('close', () => {
      const { method, originalUrl: url, ip: remoteAddress } = request;
      const aborted = !response.writableFinished;
      const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
      const status = response.statusCode;
      span.end(status >= 500 ? new Error(`answered ${status}`) : undefined, outcomeOf(request, status));
      runInRequest(context, () =>
        logger[levelOf(path, response, aborted)](
          {
            method,
            url: redactUrl(url),
            remoteAddress,
            status,
            durationMs,
            ...bytesOf(request, response),
            ...(aborted ? { aborted } : {}),
          },
          `${method} ${path} ${status}${aborted ? ' aborted' : ''}`,
        ),
      );
    });
    runInRequest(context, next);
  };
}

/** Probes come every second: they get their ids, and are recorded nowhere. */
function spanOf({ method, headers }: Request, path: string): Span {
  const { traceparent } = headers;
  if (QUIET_PATHS.has(path)) {
    return { traceparent: writeTraceparent(childOf(readTraceparent(traceparent))), end: () => undefined };
  }
  const attributes = { 'http.request.method': method, 'url.path': path };
  return startSpan(method, { kind: 'server', attributes, ...(typeof traceparent === 'string' && { traceparent }) });
}

/** Named by the route, which is known only at the end. */
function outcomeOf(request: Request, status: number): NonNullable<Parameters<Span['end']>[1]> {
  const route: unknown = (request.route as { path?: unknown } | undefined)?.path;
  const attributes = { 'http.response.status_code': status };
  if (typeof route !== 'string') return { attributes };
  return { name: `${request.method} ${route}`, attributes: { ...attributes, 'http.route': route } };
}

/** Probes come every second and say nothing; a refusal is the caller's affair, a failure is ours. */
function levelOf(path: string, response: Response, aborted: boolean): Level {
  if (QUIET_PATHS.has(path)) return 'debug';
  if (response.statusCode >= 500 && response.statusCode !== 503) return 'error';
  return aborted || response.statusCode === 503 ? 'warn' : 'info';
}

function bytesOf(request: Request, response: Response) {
  const received = Number(request.headers['content-length'] ?? 0);
  const sent = Number(response.getHeader('content-length') ?? 0);
  return { ...(received > 0 ? { receivedBytes: received } : {}), ...(sent > 0 ? { sentBytes: sent } : {}) };
}
