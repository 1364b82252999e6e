import type { IncomingHttpHeaders } from 'node:http';
import type { RequestContext } from '@muster/service-kit';
import type { Request } from 'express';

/**
 * Of the connection to us, or of the page: the guard has judged these, and the import-service, which stands under another
 * name, would judge them wrongly. `Expect` has been answered by us.
 */
const PRIVATE = ['origin', 'referer', 'sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest', 'sec-fetch-user', 'expect'];
const HOP_BY_HOP = ['connection', 'keep-alive', 'te', 'trailer', 'upgrade', 'proxy-authorization', 'proxy-connection'];

export function dropPrivateHeaders(headers: IncomingHttpHeaders): void {
  for (const name of [...PRIVATE, ...HOP_BY_HOP]) delete headers[name];
}

/** Who asked, under which name, and for which request and trace. */
export function forwardedHeaders(request: Request, context: RequestContext | undefined): Record<string, string> {
  const { headers, socket } = request;
  const before = headers['x-forwarded-for'];
  const client = socket.remoteAddress ?? 'unknown';
  const first = (name: string): string | undefined => [headers[name]].flat()[0];
  return {
    'x-forwarded-for': before === undefined ? client : `${[before].flat().join(', ')}, ${client}`,
    'x-forwarded-host': first('x-forwarded-host') ?? headers.host ?? '',
    'x-forwarded-proto': first('x-forwarded-proto') ?? 'http',
    ...(context !== undefined && { 'x-request-id': context.requestId, traceparent: context.traceparent }),
  };
}
