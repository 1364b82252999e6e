import { afterEach, describe, expect, it, vi } from 'vitest';
import { waitFor } from '@muster/testing';
import { baseConfigSchema } from '../config/base-config.js';
import { readConfig } from '../config/read-config.js';
import { createService } from '../create-service.js';
import { createKit } from '../kit.js';
import { createLogger } from '../logging/logger.js';
import { currentRequest, runInTrace } from '../logging/request-context.js';
import { ThingModule } from '../spec/thing-module.js';
import { TraceCollector } from '../spec/trace-collector.js';
import { recordSpans, startSpan } from './start-span.js';
import { startTracing } from './start-tracing.js';
import { readTraceparent } from './traceparent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

afterEach(() => {
  vi.unstubAllEnvs();
  recordSpans(undefined);
});

function kitWith(lines: Record<string, unknown>[] = []) {
  const logger = createLogger({
    name: 'traced',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return createKit({ name: 'traced', config: readConfig(baseConfigSchema, { MUSTER_PORT: '0' }), logger });
}

describe('a traceparent', () => {
  it.each([
    [PARENT, TRACE],
    [`01-${TRACE}-b7ad6b7169203331-01-more`, TRACE],
    [`00-${TRACE}-b7ad6b7169203331-01-more`, undefined],
    [`ff-${TRACE}-b7ad6b7169203331-01`, undefined],
    [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, undefined],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
    [`00-${TRACE.toUpperCase()}-b7ad6b7169203331-01`, undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s is of the trace %s', (text, traceId) => {
    expect(readTraceparent(text)?.traceId).toBe(traceId);
  });
});

describe('without a collector', () => {
  it('spans stay in their trace, or begin one', async () => {
    await startTracing(kitWith(), {});
    const child = readTraceparent(startSpan('work', { traceparent: PARENT }).traceparent)!;
    expect(child).toMatchObject({ traceId: TRACE, flags: '01' });
    expect(child.spanId).not.toBe('b7ad6b7169203331');
    const own = readTraceparent(startSpan('work', { traceparent: 'nonsense' }).traceparent)!;
    expect(own.traceId).not.toBe(TRACE);
    const unsampled = startSpan('work', { traceparent: PARENT.replace(/01$/, '00') });
    expect(unsampled.traceparent).toMatch(/-00$/);
  });

  it('lines that are logged within a trace carry its id', () => {
    const lines: Record<string, unknown>[] = [];
    const { logger } = kitWith(lines);
    runInTrace(PARENT, () => {
      logger.info('within');
      expect(readTraceparent(startSpan('nested').traceparent)?.traceId).toBe(TRACE);
      expect(currentRequest()).toBeUndefined();
    });
    runInTrace('nonsense', () => logger.info('without'));
    expect(lines.map(({ msg, traceId }) => [msg, traceId])).toEqual([
      ['within', TRACE],
      ['without', undefined],
    ]);
  });
});

describe('with a collector', () => {
  it('requests and the work within them arrive as one trace, the last ones at shutdown', async () => {
    const collector = await TraceCollector.start();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint);
    const lines: Record<string, unknown>[] = [];
    const kit = kitWith(lines);
    await startTracing(kit);
    const service = await createService({ kit, module: ThingModule });
    await service.listen();
    await fetch(`${service.url}/greetings/ann`, { headers: { traceparent: PARENT } });
    await fetch(`${service.url}/health/live`, { headers: { traceparent: PARENT } });
    await fetch(`${service.url}/errors/unknown`);
    const outer = startSpan('outer', { traceparent: PARENT, attributes: { revision: 7 } });
    startSpan('inner', { traceparent: outer.traceparent }).end(new Error('no room'));
    outer.end();
    expect(await service.close()).toEqual([]);
    await collector.close();

    const greeting = await collector.span('GET /greetings/:name');
    expect(greeting).toMatchObject({ traceId: TRACE, parentSpanId: 'b7ad6b7169203331' });
    const line = lines.find(({ msg }) => msg === 'GET /greetings/ann 200');
    expect(line).toMatchObject({ traceId: TRACE });
    const sent = await collector.span('outer');
    expect(sent.attributes).toContainEqual({ key: 'revision', value: { intValue: 7 } });
    expect(await collector.span('inner')).toMatchObject({
      traceId: TRACE,
      parentSpanId: sent.spanId,
      status: { code: 2, message: 'no room' },
    });
    expect((await collector.span('GET /errors/:kind')).status.code).toBe(2);
    expect(collector.spans.map(({ name }) => name)).not.toContain('GET /health/live');
    expect(JSON.stringify(collector.resources[0])).toContain('muster-traced');
  });

  it('that is away nothing waits and the log says so once', async () => {
    const collector = await TraceCollector.start();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint);
    vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '50');
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '300');
    await collector.close();
    const lines: Record<string, unknown>[] = [];
    const kit = kitWith(lines);
    await startTracing(kit);
    const away = () => lines.filter(({ msg }) => String(msg).startsWith('the trace collector does not answer'));
    startSpan('first').end();
    await waitFor(() => away().length > 0, { what: 'the line' });
    startSpan('second').end();
    expect(await kit.shutdown.closeAll()).toEqual([]);
    expect(away()).toHaveLength(1);
  });
});
