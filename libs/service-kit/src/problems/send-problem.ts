import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { toProblem } from './to-problem.js';

const DEFAULT_RETRY_AFTER_SECONDS = 2;

/** Answers with `application/problem+json`; an answer that is on its way already is cut off instead. */
export function sendProblem(request: Request, response: Response, error: unknown, logger: Logger): void {
  const { problem, retryAfterSeconds, unexpected } = toProblem(error, request.originalUrl.split('?', 1)[0] ?? '');
  if (unexpected) logger.error({ err: error }, `${request.method} ${request.path} failed: ${String(error)}`);
  if (response.headersSent) {
    // The client must not take the part that it has for the whole.
    if (!response.writableEnded) {
      logger.warn({ err: error }, `${request.method} ${request.path} was cut off: ${String(error)}`);
      response.destroy();
    }
    return;
  }
  for (const name of ['ETag', 'Cache-Control', 'Content-Length', 'Content-Range', 'Content-Disposition']) {
    response.removeHeader(name);
  }
  if (retryAfterSeconds !== undefined || problem.status === 503 || problem.status === 429) {
    response.setHeader('Retry-After', String(Math.ceil(retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS)));
  }
  // What the client still sends of a refused upload is not wanted; the connection cannot be used again.
  if (!request.complete) response.setHeader('Connection', 'close');
  response.status(problem.status).setHeader('Content-Type', 'application/problem+json');
  response.end(JSON.stringify(problem));
}
