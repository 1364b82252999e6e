import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { childOf, readTraceparent, writeTraceparent, type TraceContext } from '../tracing/traceparent.js';

/** What names the work that runs now, in every line that is logged meanwhile. */
interface WorkContext {
  /** Absent where the work is for no request, as where it follows an event. */
  readonly requestId?: string;
  /** W3C trace context to hand on: the caller's trace with a span of ours, or a trace of our own. */
  readonly traceparent: string;
  readonly traceId: string;
}

export interface RequestContext extends WorkContext {
  readonly requestId: string;
}

const storage = new AsyncLocalStorage<WorkContext>();
const REQUEST_ID = /^[\w.:+/=@-]{1,128}$/;

/** The request that the calling code works for, if any. */
export function currentRequest(): RequestContext | undefined {
  const context = storage.getStore();
  return context?.requestId === undefined ? undefined : (context as RequestContext);
}

export function currentWork(): WorkContext | undefined {
  return storage.getStore();
}

export function currentTrace(): TraceContext | undefined {
  return readTraceparent(storage.getStore()?.traceparent);
}

export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** Every line that is logged while the work runs carries this trace's id. Without a well-formed one it just runs. */
export function runInTrace<T>(traceparent: string | undefined, work: () => T): T {
  const trace = readTraceparent(traceparent);
  if (traceparent === undefined || trace === undefined) return work();
  return storage.run({ traceparent, traceId: trace.traceId }, work);
}

/** Takes the request id that the caller sent where it is well formed, and makes one otherwise. */
export function requestContext(requestId: unknown, traceparent: string): RequestContext {
  const trace = readTraceparent(traceparent) ?? childOf(undefined);
  return {
    requestId: typeof requestId === 'string' && REQUEST_ID.test(requestId) ? requestId : randomUUID(),
    traceId: trace.traceId,
    traceparent: writeTraceparent(trace),
  };
}
