import { once } from 'node:events';
import { connect } from 'node:net';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '@muster/testing';
import { baseConfigSchema } from './config/base-config.js';
import { readConfig } from './config/read-config.js';
import { createService, type Service } from './create-service.js';
import { Health } from './health/health.js';
import { createKit, type KitOptions } from './kit.js';
import { createLogger } from './logging/logger.js';
import { registerProblemStatus } from './problems/problem-status.js';
import { Shutdown } from './shutdown.js';
import { state, ThingModule } from './spec/thing-module.js';

const lines: Record<string, unknown>[] = [];
const logger = createLogger({
  name: 'test-service',
  level: 'debug',
  destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
});

function kitOf(environment: Record<string, string> = {}, options: Partial<KitOptions> = {}) {
  const config = readConfig(baseConfigSchema, { MUSTER_PORT: '0', ...environment });
  return createKit({ name: 'test-service', config, logger, ...options });
}

async function start(environment: Record<string, string> = {}): Promise<Service> {
  const service = await createService({
    kit: kitOf(environment),
    module: ThingModule,
    minimumBodyBytesPerSecond: 1_000,
  });
  await service.listen();
  return service;
}

let service: Service;
beforeAll(async () => {
  registerProblemStatus({ 'name-taken': 409 });
  service = await start({ MUSTER_ALLOWED_HOSTS: 'muster.example.com', MUSTER_BODY_TIMEOUT: '600ms' });
});
afterAll(async () => {
  await service.close();
});

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(service.url + path, init);
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}

/** fetch does not let a test set Host or Origin. */
async function askAs(method: string, path: string, headers: Record<string, string>): Promise<number> {
  const request = httpRequest(service.url + path, { method, headers });
  request.end(method === 'POST' ? '{"size":1}' : undefined);
  const [answer] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  answer.resume();
  return answer.statusCode ?? 0;
}

describe('requests', () => {
  it('are checked by their schemas, which also convert', async () => {
    expect((await ask('/greetings/ann')).body).toEqual({ greeting: 'hello ann' });
    expect((await ask('/queries?count=3&dryRun=false')).body).toEqual({ count: 3, dryRun: false });
    const { status, body } = await ask('/greetings/ANN');
    expect([status, body.code, body.detail]).toEqual([400, 'invalid-request', 'name: lower-case letters']);
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
    expect((await ask('/things', { ...json, body: '{"size":5}' })).body).toEqual({
      thing: { size: 5 },
      actor: 'local',
    });
    expect((await ask('/things', { ...json, body: '{"size":50}' })).body.detail).toMatch(/^size: /);
    expect((await ask('/things', { ...json, body: '{"size":' })).status).toBe(400);
    const large = await ask('/things', { ...json, body: JSON.stringify({ size: 'x'.repeat(1_100_000) }) });
    expect([large.status, large.body.code]).toEqual([413, 'too-large']);
  });

  it('stream bodies that are not JSON', async () => {
    const body = new Uint8Array(5_000_000);
    expect((await ask('/uploads', { method: 'POST', body })).body).toEqual({ bytes: 5_000_000 });
  });

  it('have an id that every line of their log carries', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await ask('/greetings/bob', { headers: { 'x-request-id': 'my-id-1', traceparent } });
    expect(answer.headers.get('x-request-id')).toBe('my-id-1');
    const mine = () => lines.filter((line) => line.requestId === 'my-id-1');
    await waitFor(() => mine().length === 2, { what: 'both lines of the request' });
    expect(mine().map(({ msg, traceId }) => [msg, traceId])).toEqual([
      ['greets', '0af7651916cd43dd8448eb211c80319c'],
      ['GET /greetings/bob 200', '0af7651916cd43dd8448eb211c80319c'],
    ]);
    expect(
      (await ask('/greetings/bob', { headers: { 'x-request-id': 'bad id {"' } })).headers.get('x-request-id'),
    ).not.toContain('{');
  });

  it('carry the headers that keep browsers from running anything', async () => {
    const { headers } = await ask('/greetings/ann');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('problems', () => {
  it('take the registered status of their code and keep what they know', async () => {
    const { status, headers, body } = await ask('/errors/registered');
    expect(status).toBe(409);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({ code: 'name-taken', detail: 'the name is taken', limit: 1, actual: 2, remedy: 'r' });
    expect(() => registerProblemStatus({ 'name-taken': 400 })).toThrow(/409 already/);
  });

  it('say when to come back', async () => {
    const { status, headers, body } = await ask('/errors/busy');
    expect([status, headers.get('retry-after'), body.undone]).toEqual([503, '7', ['swap']]);
  });

  it('hide what nobody foresaw, and log it', async () => {
    const { status, body } = await ask('/errors/unknown');
    expect([status, body.code]).toEqual([500, 'internal-error']);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(lines.some((line) => line.level === 'error' && JSON.stringify(line.err ?? '').includes('hunter2'))).toBe(
      true,
    );
    expect((await ask('/errors/unregistered')).status).toBe(500);
    expect((await ask('/errors/http')).body).toMatchObject({ status: 410, detail: 'gone away' });
    expect((await ask('/nowhere')).body).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('reach a client that is still sending', async () => {
    const { status, body } = await ask('/refusals', { method: 'POST', body: new Uint8Array(8_000_000) });
    expect([status, body.limit, body.actual]).toEqual([413, 10, 11]);
  });
});

describe('the guard', () => {
  const json = { 'content-type': 'application/json' };

  it.each([
    ['127.0.0.1', 200],
    ['localhost:4000', 200],
    ['[::1]:80', 200],
    ['muster.example.com', 200],
    ['evil.example.com', 403],
    ['127.0.0.1.evil.example.com', 403],
    ['127.evil.example.com', 403],
    ['10.0.0.1', 403],
    ['muster.example.com.evil.com', 403],
    ['localhost@evil.com', 403],
  ])('answers to Host %s with %i', async (host, status) => {
    expect(await askAs('GET', '/greetings/ann', { host })).toBe(status);
    expect(await askAs('GET', '/health/live', { host })).toBe(status);
  });

  it('lets no foreign page change anything', async () => {
    const before = state.changes;
    const host = new URL(service.url).host;
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example.com' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      { origin: `http://${host}.evil.com` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: `http://${host}`, 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of foreign) expect(await askAs('POST', '/things', { ...json, ...headers })).toBe(403);
    expect(state.changes).toBe(before);
    for (const headers of [
      {},
      { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
      { origin: 'https://muster.example.com' },
    ]) {
      expect(await askAs('POST', '/things', { ...json, ...headers })).toBe(201);
    }
    expect(state.changes).toBe(before + 3);
  });

  it('does not bind beyond loopback unless told', async () => {
    await expect(createService({ kit: kitOf({ MUSTER_HOST: '0.0.0.0' }), module: ThingModule })).rejects.toMatchObject({
      code: 'insecure-bind',
    });
    const open = await start({ MUSTER_HOST: '0.0.0.0', MUSTER_INSECURE_BIND: 'yes' });
    expect((await fetch(`http://127.0.0.1:${open.port}/health/live`)).status).toBe(200);
    await open.close();
  });

  it('refuses whom the token verifier refuses', async () => {
    const closed = await createService({
      kit: kitOf(),
      module: ThingModule,
      tokenVerifier: { verify: () => ({ outcome: 'refused', status: 401, detail: 'a token is needed' }) },
    });
    await closed.listen();
    expect((await fetch(`${closed.url}/greetings/ann`)).status).toBe(401);
    await closed.close();
  });
});

describe('slow and idle clients', () => {
  async function talk(
    text: string,
  ): Promise<{ answer: string; socket: import('node:net').Socket; closed: Promise<unknown> }> {
    const socket = connect(service.port, '127.0.0.1');
    const talked = { answer: '', socket, closed: once(socket, 'close') };
    socket.on('data', (chunk) => (talked.answer += chunk.toString())).on('error', () => undefined);
    socket.write(text);
    return talked;
  }

  it('lose their upload when it stands still or trickles', async () => {
    const head = 'POST /uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n';
    const still = await talk(`${head}abc`);
    const trickling = await talk(head);
    const trickle = setInterval(() => trickling.socket.write('x'), 20);
    const steady = await talk(
      'POST /uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000\r\nConnection: close\r\n\r\n',
    );
    for (let sent = 0; sent < 3_000; sent += 100) {
      steady.socket.write('y'.repeat(100));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await Promise.all([still.closed, trickling.closed, steady.closed]).finally(() => clearInterval(trickle));
    expect(still.answer).toMatch(/^HTTP\/1.1 408 /);
    expect(trickling.answer).toContain('"code":"too-slow"');
    expect(steady.answer).toContain('{"bytes":3000}');
  });
});

describe('the standing paths', () => {
  it('tell readiness by name and reason, within a deadline', async () => {
    const other = await start();
    const health = other.app.get(Health);
    health.register('database', () => ({ ready: false, reason: 'connection refused' }));
    health.register('stuck', () => new Promise(() => undefined), 100);
    health.register('broken', () => Promise.reject(new Error('no such table')));
    health.register('fine', () => ({ ready: true }));
    const answer = await fetch(`${other.url}/health/ready`);
    const body = (await answer.json()) as { code: string; detail: string; checks: unknown[] };
    expect([answer.status, body.code]).toEqual([503, 'not-ready']);
    expect(body.detail).toBe('database: connection refused; stuck: no answer within 100 ms; broken: no such table');
    expect(body.checks).toHaveLength(4);
    expect((await fetch(`${other.url}/health/live`)).status).toBe(200);
    await other.close();
    expect((await ask('/health/ready')).body).toMatchObject({ status: 'ready' });
  });

  it('count requests by route, not by address', async () => {
    await ask('/greetings/metrically');
    const text = await (await fetch(`${service.url}/metrics`)).text();
    expect(text).toMatch(/http_request_duration_seconds_count\{.*route="\/greetings\/:name",status="200"\} \d+/);
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).not.toContain('metrically');
  });

  it('describe the API with its schemas, on a page that loads nothing from elsewhere', async () => {
    const { body } = await ask('/docs-json');
    expect(JSON.stringify(body.paths)).toContain('"maximum":10');
    const page = await fetch(`${service.url}/docs`);
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, link]) => link ?? '')
      .filter((link) => !link.startsWith('#'));
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) {
      const address = new URL(link, `${service.url}/docs`);
      expect(address.origin).toBe(service.url);
      expect((await fetch(address)).status).toBe(200);
    }
  });
});

describe('closing', () => {
  it('lets requests end, then runs the closers in reverse order', async () => {
    const other = await start();
    const order: string[] = [];
    const shutdown = other.app.get(Shutdown);
    shutdown.signal.addEventListener('abort', () => order.push('signal'));
    shutdown.register('first', () => void order.push('first'));
    shutdown.register('failing', () => Promise.reject(new Error('no')));
    shutdown.register('second', () => void order.push('second'));
    const slow = fetch(`${other.url}/slow`).then(async (answer) => order.push(JSON.stringify(await answer.json())));
    await waitFor(() => state.finishSlow.toString().includes('resolve'), { what: 'the slow request' });
    const closing = other.close();
    await waitFor(
      () =>
        fetch(`${other.url}/health/live`).then(
          () => false,
          () => true,
        ),
      { what: 'a closed port' },
    );
    state.finishSlow();
    await slow;
    expect(await closing).toEqual(['failing']);
    expect(order).toEqual(['signal', '{"done":true}', 'second', 'first']);
  });

  it('cuts requests off at the deadline', async () => {
    const other = await start({ MUSTER_SHUTDOWN_TIMEOUT: '100ms' });
    const before = state.finishSlow;
    const slow = fetch(`${other.url}/slow`).catch(() => 'cut');
    await waitFor(() => state.finishSlow !== before, { what: 'the slow request' });
    expect(await other.close()).toEqual(['requests']);
    expect(await slow).toBe('cut');
  });
});
