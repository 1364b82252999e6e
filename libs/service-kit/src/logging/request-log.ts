import type { Request, RequestHandler, Response } from 'express';
import type { Level, Logger } from 'pino';
import { requestContext, runInRequest } from './request-context.js';

const QUIET_PATHS = new Set(['/health/live', '/health/ready', '/metrics']);

/**
 * Names the request (`X-Request-Id`, `traceparent`) for everything that is logged while it runs, and logs its end in one
 * line: whoever looks for slow or refused requests needs no other.
 */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const context = requestContext(request.headers['x-request-id'], request.headers.traceparent);
    const path = request.path;
    response.setHeader('X-Request-Id', context.requestId);
    response.once('close', () => {
      const { method, originalUrl: url, ip: remoteAddress } = request;
      const aborted = !response.writableFinished;
      const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
      const status = response.statusCode;
      runInRequest(context, () =>
        logger[levelOf(path, response, aborted)](
          {
            method,
            url,
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
