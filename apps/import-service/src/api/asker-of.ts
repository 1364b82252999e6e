import { callerOf, currentRequest } from '@muster/service-kit';
import type { Request, Response } from 'express';
import type { Asker } from '../change/attempt.js';

/** Who makes this request; the signal is aborted when the connection ends before the answer. */
export function askerOf(request: Request, response: Response): Asker {
  const aborter = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) aborter.abort(new Error('the client is gone'));
  });
  const context = currentRequest();
  return {
    actor: callerOf(request).subject,
    source: request.socket.remoteAddress ?? '',
    requestId: context?.requestId ?? '',
    ...(context && { traceparent: context.traceparent }),
    signal: aborter.signal,
  };
}
