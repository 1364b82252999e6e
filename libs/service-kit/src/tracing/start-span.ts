import { currentTrace } from '../logging/request-context.js';
import { childOf, readTraceparent, writeTraceparent, type TraceContext } from './traceparent.js';

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;
export type SpanKind = 'internal' | 'server' | 'client' | 'consumer';

export interface SpanOptions {
  /** The parent, as it came with an event or a request; default: the request or the trace that the caller works for. */
  readonly traceparent?: string | undefined;
  readonly attributes?: SpanAttributes;
  readonly kind?: SpanKind;
}

/** A piece of work that has begun. */
export interface Span {
  /** To hand on: whoever gets it works for this span. */
  readonly traceparent: string;
  /** Once; with an error where the work failed. */
  end(error?: unknown, outcome?: { readonly name?: string; readonly attributes?: SpanAttributes }): void;
}

/** Where spans go, if anywhere. */
export interface SpanRecorder {
  start(name: string, parent: TraceContext | undefined, options: SpanOptions): Span;
}

let recorder: SpanRecorder | undefined;

/** For the whole process; undefined: spans go nowhere from now on. */
export function recordSpans(to: SpanRecorder | undefined): void {
  recorder = to;
}

/**
 * Begins a piece of work under its parent's trace, or under a trace of its own. Without a collector it makes ids and nothing
 * else, so that every line that is logged for one upload can be found by one trace id. Never throws.
 */
export function startSpan(name: string, options: SpanOptions = {}): Span {
  const parent = readTraceparent(options.traceparent) ?? currentTrace();
  if (recorder !== undefined) return recorder.start(name, parent, options);
  return { traceparent: writeTraceparent(childOf(parent)), end: () => undefined };
}
