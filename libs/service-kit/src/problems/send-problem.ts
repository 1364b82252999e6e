import type { Problem } from '@muster/contracts';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { toProblem } from './to-problem.js';

const DEFAULT_RETRY_AFTER_SECONDS = 2;
/** Set for a body that does not come. */
const BODY_HEADERS = ['ETag', 'Cache-Control', 'Content-Length', 'Content-Disposition'];

export interface RenderedProblem {
  readonly contentType: string;
  readonly body: string;
}

/** Answers with `application/problem+json`, or as `render` says; an answer that is on its way already is cut off instead. */
export function sendProblem(
  request: Request,
  response: Response,
  error: unknown,
  logger: Logger,
  render: (problem: Problem) => RenderedProblem = asJson,
): void {
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
  for (const name of BODY_HEADERS) response.removeHeader(name);
  if (retryAfterSeconds !== undefined || problem.status === 503 || problem.status === 429) {
    response.setHeader('Retry-After', String(Math.ceil(retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS)));
  }
  // A refused upload is read on (the body watch ends it soon): closing at once would reset the connection, and the client
  // would see that instead of the answer.
  if (!request.complete) response.once('finish', () => request.unpipe().resume());
  const rendered = render(problem);
  const body = Buffer.from(rendered.body);
  response.status(problem.status).setHeader('Content-Type', rendered.contentType);
  response.setHeader('Content-Length', body.length).end(body);
}

function asJson(problem: Problem): RenderedProblem {
  return { contentType: 'application/problem+json', body: JSON.stringify(problem) };
}
