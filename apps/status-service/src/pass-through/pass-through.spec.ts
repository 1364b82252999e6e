import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { baseConfigSchema, createKit, createService, HttpProblem, readConfig, type Service } from '@muster/service-kit';
import { waitFor } from '@muster/testing';
import type { RequestHandler } from 'express';
import { afterEach, describe, expect, test } from 'vitest';
import { Upstream } from '../spec/upstream.js';
import { passThrough, type PassThroughOptions } from './pass-through.js';

const MIB = 1024 ** 2;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function upstream(...args: Parameters<typeof Upstream.start>): Promise<Upstream> {
  const started = await Upstream.start(...args);
  open.push(started);
  return started;
}

class Nothing {}

async function front(url: string, options?: PassThroughOptions): Promise<Service> {
  const config = readConfig(baseConfigSchema, { MUSTER_PORT: '0', MUSTER_LOG_LEVEL: 'silent' });
  const kit = createKit({ name: 'front', config });
  kit.rawHandlers.push(passThrough(url, options));
  const service = await createService({ kit, module: Nothing });
  await service.listen();
  open.push(service);
  return service;
}

/** A service with the guard and the problems of ours. */
async function serviceBehind(handler: RequestHandler): Promise<{ behind: Service }> {
  const config = readConfig(baseConfigSchema, { MUSTER_PORT: '0', MUSTER_LOG_LEVEL: 'silent' });
  const kit = createKit({ name: 'behind', config });
  kit.rawHandlers.push(handler);
  const behind = await createService({ kit, module: Nothing });
  await behind.listen();
  open.push(behind);
  return { behind };
}

/** Sends so many MiB and resolves with the answer; `sent` counts what the connection took. */
function upload(service: Service, sizeMib: number, path = '/imports') {
  const progress = { sentBytes: 0 };
  const request = httpRequest(service.url + path, { method: 'POST', headers: { 'content-length': sizeMib * MIB } });
  const chunk = Buffer.alloc(64 * 1024, 1);
  const write = (): void => {
    while (progress.sentBytes < sizeMib * MIB && !request.destroyed) {
      progress.sentBytes += chunk.length;
      if (!request.write(chunk)) return void request.once('drain', write);
    }
    request.end();
  };
  const answer = once(request, 'response').then(async ([response]) => {
    const chunks: Buffer[] = [];
    for await (const part of response as IncomingMessage) chunks.push(part as Buffer);
    return { status: (response as IncomingMessage).statusCode, text: Buffer.concat(chunks).toString() };
  });
  request.on('error', () => undefined);
  write();
  return { request, progress, answer };
}

describe('what is passed on', () => {
  test('keeps path, query, body and answer, and names who asked', async () => {
    const body: Buffer[] = [];
    const to = await upstream(async (request, response) => {
      for await (const chunk of request) body.push(chunk as Buffer);
      response.writeHead(409, { 'content-type': 'application/problem+json', etag: '"x"' }).end('{"code":"frozen"}');
    });
    const service = await front(to.url);
    const answer = await fetch(`${service.url}/freeze?why=%2F&x=1`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/json',
        'x-request-id': 'mine',
        authorization: 'Bearer t',
        te: 'trailers',
      },
      body: '{ "reason" : "upgrade" }',
    });
    expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([409, '"x"', '{"code":"frozen"}']);
    expect(answer.headers.get('x-request-id')).toBe('mine');
    expect(Buffer.concat(body).toString()).toBe('{ "reason" : "upgrade" }');
    const { method, url, headers } = to.asked[0]!;
    expect([method, url]).toEqual(['PUT', '/freeze?why=%2F&x=1']);
    expect(headers).toMatchObject({
      host: to.host,
      authorization: 'Bearer t',
      'x-request-id': 'mine',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(service.url).host,
      'x-forwarded-proto': 'http',
      traceparent: expect.stringMatching(/^00-/),
    });
    expect(headers).not.toHaveProperty('te');
  });

  test.for([
    ['GET', '/imports/7', true],
    ['GET', '/extensions', true],
    ['POST', '/extensions/App/rollback', true],
    ['GET', '/packages/abc/zip', true],
    ['GET', '/revisions', true],
    ['GET', '/entities', true],
    ['POST', '/replays', true],
    ['GET', '/proposals?state=open', true],
    ['DELETE', '/proposals/7d1c', true],
    ['PUT', '/nodes/node-1/pause', true],
    ['POST', '/nodes/node-1/orders', true],
    ['DELETE', '/nodes/node-1', true],
    ['POST', '/Thingworx/ExtensionPackageUploader?purpose=import', true],
    ['GET', '/Thingworx/health', true],
    ['GET', '/Thingworx/Common/extensions/App/ui/a.js', true],
    ['GET', '/nodes/node-1', false],
    ['GET', '/nodes', false],
    ['GET', '/importsx', false],
    ['GET', '/health/live', false],
    ['GET', '/metrics', false],
  ] as const)('%s %s: %s', async ([method, path, isPassed]) => {
    const to = await upstream((_request, response) => void response.end('theirs'));
    const service = await front(to.url);
    await fetch(service.url + path, { method });
    expect(to.asked.map(({ url }) => url)).toEqual(isPassed ? [path] : []);
  });

  test('is counted by its pattern', async () => {
    const to = await upstream((_request, response) => void response.end());
    const service = await front(to.url);
    await (await fetch(`${service.url}/extensions/secret-name`)).text();
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/route="\/extensions[^"]*",status="200"/);
    expect(metrics).not.toContain('secret-name');
  });
});

test('a page of another site is refused here, and our own passes the guard there', async () => {
  let changes = 0;
  const { behind } = await serviceBehind((request, response, next) => {
    if (request.method !== 'POST') return next();
    changes += 1;
    response.end('changed');
  });
  const service = await front(behind.url);
  const ask = async (headers: Record<string, string>): Promise<number> => {
    const request = httpRequest(`${service.url}/replays`, { method: 'POST', headers });
    request.end();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode ?? 0;
  };
  expect(await ask({ origin: 'https://evil.example.com' })).toBe(403);
  expect(await ask({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await ask({ host: 'evil.example.com' })).toBe(403);
  expect(changes).toBe(0);
  expect(await ask({ origin: new URL(service.url).origin, 'sec-fetch-site': 'same-origin' })).toBe(200);
  expect(changes).toBe(1);
});

describe('streams', () => {
  test('an upload of 64 MiB takes no more memory than a small one', { timeout: 120_000 }, async () => {
    const usage: number[] = [];
    const measure = (): void => {
      collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      usage.push(heapUsed + external);
    };
    const to = await upstream((request, response) => {
      let received = 0;
      request.on('data', (chunk: Buffer) => {
        if (Math.floor(received / (8 * MIB)) !== Math.floor((received + chunk.length) / (8 * MIB))) measure();
        received += chunk.length;
      });
      request.on('end', () => response.end(String(received)));
    });
    const service = await front(to.url);
    await upload(service, 1).answer;
    measure();
    const [before = 0] = usage.splice(0);
    expect(await upload(service, 64).answer).toEqual({ status: 200, text: String(64 * MIB) });
    expect(usage.length).toBeGreaterThan(6);
    expect((Math.max(...usage) - before) / MIB).toBeLessThan(24);
  });

  test('a reader that stands still holds the sender up', async () => {
    const to = await upstream((request, response) => {
      request.pause();
      request.once('resume', () => request.on('end', () => response.end('done')));
    });
    const service = await front(to.url);
    const sending = upload(service, 64);
    await waitFor(() => to.asked[0], { what: 'the upload' });
    let last = -1;
    await waitFor(() => last === (last = sending.progress.sentBytes), { what: 'a standstill', everyMs: 300 });
    expect(sending.progress.sentBytes / MIB).toBeLessThan(32);
    to.asked[0]!.resume();
    expect(await sending.answer).toEqual({ status: 200, text: 'done' });
  });

  test('a part of an answer arrives before the rest exists, and a client that goes ends it there', async () => {
    let closed = false;
    const to = await upstream((_request, response) => {
      response.on('close', () => (closed = true));
      response.write('first');
    });
    const service = await front(to.url);
    const client = new AbortController();
    const answer = await fetch(`${service.url}/imports/1`, { signal: client.signal });
    const { value } = await answer.body!.getReader().read();
    expect(Buffer.from(value!).toString()).toBe('first');
    client.abort();
    await waitFor(() => closed, { what: 'the end of the request upstream' });
  });

  test('a client that goes during its upload ends it there', async () => {
    let aborted = false;
    const to = await upstream((request) => {
      request.resume().on('close', () => (aborted = !request.complete));
    });
    const service = await front(to.url);
    const sending = upload(service, 4_000);
    await waitFor(() => to.asked[0], { what: 'the upload' });
    sending.answer.catch(() => undefined);
    sending.request.destroy();
    await waitFor(() => aborted, { what: 'the end of the upload upstream' });
  });

  test.for([413, 422])('a refusal with %i reaches a client that is still sending', async (status) => {
    const to = await upstream((request, response) => {
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end('{"code":"refused"}');
      response.once('finish', () => request.resume());
    });
    const service = await front(to.url);
    const answer = await fetch(`${service.url}/imports`, { method: 'POST', body: new Uint8Array(32 * MIB) });
    expect([answer.status, await answer.json()]).toEqual([status, { code: 'refused' }]);
  });

  test('a problem of the service behind reaches a client in the midst of its upload', async () => {
    const { behind } = await serviceBehind((_request, _response, next) =>
      next(new HttpProblem(413, 'too-large', 'no')),
    );
    const service = await front(behind.url);
    const { status, text } = await upload(service, 4_000).answer;
    expect([status, JSON.parse(text)]).toMatchObject([413, { code: 'too-large', detail: 'no' }]);
  });

  test('a refusal before the body reaches a client that says nothing of its connection, as curl', async () => {
    const { behind } = await serviceBehind((_request, _response, next) =>
      next(new HttpProblem(401, 'unauthenticated', 'no key')),
    );
    const service = await front(behind.url);
    for (let round = 0; round < 10; round += 1) {
      const socket = connect(service.port, '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString())).on('error', () => undefined);
      const head = `POST /Thingworx/ExtensionPackageUploader HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${2 * MIB}`;
      socket.write(`${head}\r\n\r\n`);
      socket.write(Buffer.alloc(2 * MIB));
      await waitFor(() => answer.includes('"code"') || socket.destroyed, { what: 'an answer' });
      expect(answer).toMatch(/^HTTP\/1.1 401 /);
      socket.destroy();
    }
  });
});

describe('an import-service that is away', () => {
  test('is named, with what to do', async () => {
    const to = await upstream(() => undefined);
    const { url } = to;
    await to.close();
    const service = await front(url);
    for (const body of [undefined, new Uint8Array(16 * MIB)]) {
      const answer = await fetch(`${service.url}/imports`, body === undefined ? {} : { method: 'POST', body });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect([answer.status, await answer.json()]).toMatchObject([
        502,
        { code: 'import-service-away', remedy: expect.stringContaining('MUSTER_IMPORT_URL'), actual: url },
      ]);
    }
  });

  test('is silent: it is away, but not while it waits for nodes to be ready', async () => {
    const held: ServerResponse[] = [];
    const to = await upstream((_request, response) => void held.push(response));
    const service = await front(to.url, { silenceMs: 200 });
    const together = fetch(`${service.url}/imports?activate=together&deadline=1h`, { method: 'POST', body: 'zip' });
    await waitFor(() => held.length === 1, { what: 'the import that waits' });
    expect((await fetch(`${service.url}/imports`, { method: 'POST', body: 'zip' })).status).toBe(502);
    held[0]!.writeHead(201).end();
    expect((await together).status).toBe(201);
  });

  test('hangs up before it answers: it is away; within its answer: the answer is cut', async () => {
    const to = await upstream((request, response) => {
      if (request.url === '/imports/1') return void request.socket.destroy();
      response.writeHead(200, { 'content-length': 1_000 }).write('part');
      setTimeout(() => request.socket.destroy(), 50);
    });
    const service = await front(to.url);
    expect((await fetch(`${service.url}/imports/1`)).status).toBe(502);
    const part = await fetch(`${service.url}/imports/2`);
    expect(part.status).toBe(200);
    await expect(part.text()).rejects.toThrow();
  });
});
