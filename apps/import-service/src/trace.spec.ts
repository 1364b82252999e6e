import { buildPackage, waitFor } from '@muster/testing';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { RunningService } from './spec/running-service.js';

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
  readonly status: { readonly code?: number };
}

interface Sent {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[] }[];
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

afterEach(() => vi.unstubAllEnvs());

/** What a collector is sent by OTLP over HTTP. */
async function collect(): Promise<SentSpan[]> {
  const spans: SentSpan[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += String(piece)));
    request.on('end', () => {
      const sent = JSON.parse(body) as Sent;
      spans.push(...sent.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '50');
  return spans;
}

test('an import is one span of the trace of its upload, with one below it for each step; its revision hands it on', async () => {
  const spans = await collect();
  const service = await RunningService.start();
  const { body } = await service.import(buildPackage({ name: 'Traced' }), '', { traceparent: PARENT });
  const refused = await service.import(buildPackage({ name: 'traced' }), '', { traceparent: PARENT });
  expect(refused.status).toBe(409);
  await waitFor(() => spans.filter(({ name }) => name === 'import').length === 2, { what: 'both imports' });
  const mine = spans.filter(({ traceId }) => traceId === TRACE);
  const [made, not] = mine.filter(({ name }) => name === 'import') as [SentSpan, SentSpan];
  expect(mine.find(({ spanId }) => spanId === made.parentSpanId)?.name).toContain('/imports');
  const below = mine.filter(({ parentSpanId }) => parentSpanId === made.spanId).map(({ name }) => name);
  expect(below.toSorted()).toEqual([...new Set(below), 'import: check', 'import: plan'].toSorted());
  expect(below).toEqual(
    expect.arrayContaining(['receive', 'lock', 'stage', 'commit'].map((step) => `import: ${step}`)),
  );
  const told = Object.fromEntries(made.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  expect(told).toMatchObject({
    'muster.extension': 'Traced',
    'muster.outcome': 'ok',
    'muster.revision': body.revision,
  });
  expect([made.status.code ?? 0, not.status.code]).toEqual([0, 2]);

  const owner = new Client({ connectionString: service.database.ownerUrl });
  await owner.connect();
  onTestFinished(() => owner.end());
  const revision = await owner.query('select traceparent from revision');
  expect(revision.rows).toEqual([{ traceparent: `00-${TRACE}-${made.spanId}-01` }]);
  const event = await owner.query("select payload->>'traceparent' as traceparent from event");
  expect(event.rows).toEqual(revision.rows);
});
