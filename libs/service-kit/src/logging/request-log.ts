import type { RequestHandler } from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Level, Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import { requestContext, runInRequest, type RequestContext } from './request-context.js';

const QUIET = /^\/(?:health\/(?:live|ready)|metrics)(?:\?|$)/;
const contexts = new WeakMap<IncomingMessage, RequestContext>();

/** Names the request (`X-Request-Id`, `traceparent`) for everything that is logged while it runs, and logs its end. */
export function requestLog(logger: Logger): RequestHandler {
  const log = pinoHttp({
    logger,
    genReqId: (request) => contexts.get(request)?.requestId ?? '',
    customLogLevel: levelOf,
    customProps: (request) => {
      const context = contexts.get(request);
      return context === undefined ? {} : { requestId: context.requestId, traceId: context.traceId };
    },
    customSuccessMessage: (request, response) => `${request.method} ${pathOf(request)} ${response.statusCode}`,
    customErrorMessage: (request, response) => `${request.method} ${pathOf(request)} ${response.statusCode}`,
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'request', responseTime: 'durationMs' },
    serializers: {
      req: (request: { method: string; url: string; remoteAddress: string }) => ({
        method: request.method,
        url: request.url,
        remoteAddress: request.remoteAddress,
      }),
      res: (response: { statusCode: number }) => ({ statusCode: response.statusCode }),
    },
  });
  return (request, response, next) => {
    const context = requestContext(request.headers['x-request-id'], request.headers.traceparent);
    contexts.set(request, context);
    response.setHeader('X-Request-Id', context.requestId);
    runInRequest(context, () => {
      log(request, response);
      next();
    });
  };
}

/** Probes come every second and say nothing; a refusal is the caller's affair, a failure is ours. */
function levelOf(request: IncomingMessage, response: ServerResponse, error?: Error): Level {
  if (QUIET.test(originalUrl(request))) return 'debug';
  if (response.statusCode >= 500 && response.statusCode !== 503) return 'error';
  return error !== undefined || response.statusCode === 503 ? 'warn' : 'info';
}

function pathOf(request: IncomingMessage): string {
  return originalUrl(request).split('?', 1)[0] ?? '';
}

function originalUrl(request: IncomingMessage): string {
  return (request as { originalUrl?: string }).originalUrl ?? request.url ?? '';
}
