import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes, randomUUID } from 'node:crypto';

/** What names the request that runs now, in every line that is logged meanwhile. */
export interface RequestContext {
  readonly requestId: string;
  /** W3C trace context to hand on: the caller's trace with a span of ours, or a trace of our own. */
  readonly traceparent: string;
  readonly traceId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();
const TRACEPARENT = /^[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;
const REQUEST_ID = /^[\w.:+/=@-]{1,128}$/;

/** The request that the calling code works for, if any. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** Takes what the caller sent where it is well formed, and makes what is missing. */
export function requestContext(requestId: unknown, traceparent: unknown): RequestContext {
  const [, sentTraceId, sentFlags] = (typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null) ?? [];
  const traceId = sentTraceId ?? randomBytes(16).toString('hex');
  const flags = sentFlags ?? '01';
  return {
    requestId: typeof requestId === 'string' && REQUEST_ID.test(requestId) ? requestId : randomUUID(),
    traceId,
    traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`,
  };
}
