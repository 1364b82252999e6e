import {
  ROOT_CONTEXT,
  SpanKind as Kind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Span, SpanOptions, SpanRecorder } from './start-span.js';
import { writeTraceparent, type TraceContext } from './traceparent.js';

export interface RecorderOptions {
  readonly serviceName: string;
  readonly serviceVersion: string;
  readonly cluster: string;
  /** Told of every attempt to send; without an error where it succeeded. */
  readonly onExported: (error: Error | undefined) => void;
}

const KINDS = { internal: Kind.INTERNAL, server: Kind.SERVER, client: Kind.CLIENT, consumer: Kind.CONSUMER };

/** Hands spans to OpenTelemetry. Loaded only where a collector is named. */
export class OpenTelemetryRecorder implements SpanRecorder {
  private readonly provider: BasicTracerProvider;
  private readonly tracer: Tracer;

  constructor({ serviceName, serviceVersion, cluster, onExported }: RecorderOptions) {
    this.provider = new BasicTracerProvider({
      resource: resourceFromAttributes({
        'service.name': serviceName,
        'service.version': serviceVersion,
        'muster.cluster': cluster,
        'process.pid': process.pid,
      }),
      spanProcessors: [new BatchSpanProcessor(telling(new OTLPTraceExporter(), onExported))],
    });
    this.tracer = this.provider.getTracer('muster', serviceVersion);
  }

  start(name: string, parent: TraceContext | undefined, { attributes = {}, kind = 'internal' }: SpanOptions): Span {
    const span = this.tracer.startSpan(name, { attributes, kind: KINDS[kind] }, contextOf(parent));
    const { traceId, spanId, traceFlags } = span.spanContext();
    const flags = traceFlags.toString(16).padStart(2, '0');
    return { traceparent: writeTraceparent({ traceId, spanId, flags }), end: (...ended) => end(span, ...ended) };
  }

  /** Sends what is left; false where that did not succeed in time. */
  async close(deadlineMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), deadlineMs);
    });
    const closed = this.provider.shutdown().then(
      () => true,
      () => false,
    );
    return Promise.race([closed, deadline]).finally(() => clearTimeout(timer));
  }
}

function contextOf(parent: TraceContext | undefined): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  });
}

const end = (span: OtelSpan, ...[error, { name, attributes } = {}]: Parameters<Span['end']>): void => {
  if (name !== undefined) span.updateName(name);
  if (attributes !== undefined) span.setAttributes(attributes);
  if (error !== undefined) {
    if (error instanceof Error) span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
  }
  span.end();
};

function telling(exporter: SpanExporter, onExported: RecorderOptions['onExported']): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        onExported(result.code === 0 ? undefined : (result.error ?? new Error('the export failed')));
        done(result);
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}
