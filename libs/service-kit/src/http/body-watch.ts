import type { RequestHandler } from 'express';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { HttpProblem } from '../problems/http-problem.js';
import { sendProblem } from '../problems/send-problem.js';

export interface BodyWatchOptions {
  readonly windowMs: number;
  readonly minimumBytesPerSecond: number;
  readonly logger: Logger;
}

interface Watched {
  readonly request: Parameters<RequestHandler>[0];
  readonly response: Parameters<RequestHandler>[1];
  bytesRead: number;
  remainingMs: number;
  answeredMs: number;
}

const MAX_TICK_MS = 1_000;
/** How long a client may go on sending after its answer, so that it reads the answer and not a reset. */
const LINGER_MS = 5_000;

/**
 * Ends requests whose body does not move: in every window a client must send its minimum. Time in which this service does
 * not read (bytes wait in the buffer) is not held against the client.
 */
export function bodyWatch(options: BodyWatchOptions): RequestHandler {
  const watched = new Set<Watched>();
  const tickMs = Math.min(MAX_TICK_MS, options.windowMs / 4);
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    for (const entry of watched) inspect(entry, tickMs, options);
    if (watched.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return (request, response, next) => {
    if (hasBody(request)) {
      const entry: Watched = { request, response, ...freshWindow(request, options), answeredMs: 0 };
      watched.add(entry);
      const { socket } = request;
      // The connection may outlive many requests: nothing of this one may stay on it.
      const forget = (): void => {
        watched.delete(entry);
        socket.off('close', forget);
      };
      request.once('end', forget).once('close', () => request.destroyed && forget());
      socket.once('close', forget);
      timer ??= setInterval(tick, tickMs).unref();
    }
    next();
  };
}

function inspect(entry: Watched, tickMs: number, options: BodyWatchOptions): void {
  const { request, response } = entry;
  if (request.complete) return;
  if (response.writableEnded) {
    entry.answeredMs += tickMs;
    if (entry.answeredMs >= LINGER_MS) request.socket.destroy();
    return;
  }
  if (request.readableLength > 0) return;
  entry.remainingMs -= tickMs;
  if (entry.remainingMs > 0) return;
  const received = request.socket.bytesRead - entry.bytesRead;
  const wanted = Math.max(1, Math.round((options.minimumBytesPerSecond * options.windowMs) / 1000));
  if (received >= wanted) Object.assign(entry, freshWindow(request, options));
  else refuse(entry, received, wanted, options);
}

function refuse({ request, response }: Watched, actual: number, limit: number, options: BodyWatchOptions): void {
  const detail = `the body came too slowly: ${actual} bytes in ${options.windowMs} ms`;
  sendProblem(request, response, new HttpProblem(408, 'too-slow', detail, { limit, actual }), options.logger);
  // The handler waits for bytes: without this it would wait for ever.
  response.once('finish', () => request.destroy());
}

function freshWindow(request: IncomingMessage, { windowMs }: BodyWatchOptions) {
  return { bytesRead: request.socket.bytesRead, remainingMs: windowMs };
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}
