import type { Request, RequestHandler } from 'express';
import { Histogram, type Registry } from 'prom-client';

/** Durations of requests by route pattern: never by address, or every name would be a series of its own. */
export function httpMetrics(registry: Registry): RequestHandler {
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  });
  return (request, response, next) => {
    const end = durations.startTimer();
    response.once('close', () => {
      end({ method: request.method, route: routeOf(request), status: response.statusCode });
    });
    next();
  };
}

function routeOf(request: Request): string {
  const path: unknown = (request.route as { path?: unknown } | undefined)?.path;
  return typeof path === 'string' ? path : 'unmatched';
}
