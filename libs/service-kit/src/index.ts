export * from './config/schemas.js';
export * from './config/base-config.js';
export * from './config/read-config.js';
export * from './problems/http-problem.js';
export * from './problems/problem-status.js';
export { sendProblem, type RenderedProblem } from './problems/send-problem.js';
export {
  callerOf,
  rememberCaller,
  trustingVerifier,
  type Caller,
  type Role,
  type TokenVerifier,
  type Verification,
} from './guard/token-verifier.js';
export * from './health/health.js';
export * from './shutdown.js';
export * from './kit.js';
export { createLogger, type LoggerOptions } from './logging/logger.js';
export { currentRequest, runInTrace, type RequestContext } from './logging/request-context.js';
export * from './create-service.js';
export * from './run-service.js';
export * from './download/send-download.js';
export * from './download/send-file.js';
export { contentTypeOf } from './download/content-type.js';
export { readRange, type ByteRange, type RangeAnswer } from './download/byte-range.js';
export { startSpan, type Span, type SpanAttributes, type SpanKind, type SpanOptions } from './tracing/start-span.js';
export { startTracing } from './tracing/start-tracing.js';
