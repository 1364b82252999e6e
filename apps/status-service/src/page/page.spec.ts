import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';
import { baseConfigSchema, createKit, createService, readConfig, type Service } from '@muster/service-kit';
import { temporaryDirectory } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPage } from './page-files.js';
import { servePage } from './page.js';

const SCRIPT = `console.log(${JSON.stringify('much the same '.repeat(200))})`;
const HTML = '<!doctype html><title>Muster</title>';

class Nothing {}

async function serve(...args: Parameters<typeof servePage>): Promise<Service> {
  const config = readConfig(baseConfigSchema, { MUSTER_PORT: '0', MUSTER_LOG_LEVEL: 'silent' });
  const kit = createKit({ name: 'page', config });
  kit.rawHandlers.push(servePage(...args));
  const service = await createService({ kit, module: Nothing });
  await service.listen();
  return service;
}

let service: Service;
beforeAll(async () => {
  const directory = await temporaryDirectory('page');
  const dist = path.join(directory, 'dist');
  await mkdir(path.join(dist, 'assets'), { recursive: true });
  await writeFile(path.join(dist, 'index.html'), HTML);
  await writeFile(path.join(dist, 'assets', 'index-a1b2c3.js'), SCRIPT);
  await writeFile(path.join(directory, 'beside.txt'), 'secret');
  service = await serve(readPage(dist));
});
afterAll(() => service.close());

const get = (address: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(service.url + address, { headers, redirect: 'manual' });

/** As it is: fetch would decode the body and tidy the address. */
function getRaw(
  address: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Buffer; coding: string }> {
  const { hostname, port } = new URL(service.url);
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path: address, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          body: Buffer.concat(chunks),
          coding: answer.headers['content-encoding'] ?? '',
        }),
      );
    })
      .on('error', reject)
      .end();
  });
}

describe('the page', () => {
  test('is found from the root, and at each of its addresses', async () => {
    const root = await get('/');
    expect([root.status, root.headers.get('location')]).toEqual([302, '/ui/']);
    expect((await get('/ui')).headers.get('location')).toBe('/ui/');
    for (const address of ['/ui/', '/ui/nodes/node-1', '/ui/extensions/My.Extension?state=parked', '/ui/index.html']) {
      const answer = await get(address, { accept: 'text/html,*/*;q=0.8' });
      expect([answer.status, await answer.text()], address).toEqual([200, HTML]);
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    }
  });

  test('may run nothing but its own files', async () => {
    const policy = (await get('/ui/')).headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'self'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect((await get('/nowhere')).headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('has files that are kept for ever and come compressed', async () => {
    const address = '/ui/assets/index-a1b2c3.js';
    const answer = await get(address);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(await answer.text()).toBe(SCRIPT);
    const br = await getRaw(address, { 'accept-encoding': 'gzip, br' });
    expect([br.coding, brotliDecompressSync(br.body).toString()]).toEqual(['br', SCRIPT]);
    const gzip = await getRaw(address, { 'accept-encoding': 'gzip' });
    expect([gzip.coding, gunzipSync(gzip.body).toString()]).toEqual(['gzip', SCRIPT]);
    const plain = await getRaw(address, { 'accept-encoding': 'identity' });
    expect([plain.coding, plain.body.toString()]).toEqual(['', SCRIPT]);
    const etag = answer.headers.get('etag') ?? '';
    expect((await get(address, { 'if-none-match': etag })).status).toBe(304);
    expect((await fetch(service.url + address, { method: 'HEAD' })).status).toBe(200);
  });

  test('stands for no file that is gone, and for nothing that is no address of its own', async () => {
    const html = { accept: 'text/html' };
    expect((await get('/ui/assets/index-old.js', html)).status).toBe(404);
    expect((await get('/ui/nodes/node-1', { accept: 'application/json' })).status).toBe(404);
    expect((await get('/nodes', html)).status).toBe(404);
    expect((await fetch(`${service.url}/ui/`, { method: 'POST' })).status).toBe(404);
  });

  test.each([
    '/ui/../beside.txt',
    '/ui/%2e%2e/beside.txt',
    '/ui/..%2fbeside.txt',
    '/ui/assets/..%2f..%2f..%2fetc%2fpasswd',
  ])('%s reaches no other file', async (address) => {
    const { status, body } = await getRaw(address, { accept: 'text/html' });
    expect(body.toString()).not.toContain('secret');
    expect([404, 200].includes(status) && !body.toString().includes('root:')).toBe(true);
  });

  test('that is not built says how to build it', async () => {
    const bare = await serve(undefined);
    const answer = await fetch(`${bare.url}/ui/`, { headers: { accept: 'text/html' } });
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { code: 'page-not-built', remedy: expect.stringContaining('npm run build') },
    ]);
    await bare.close();
  });
});
