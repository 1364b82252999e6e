import { buildPackage } from '@muster/testing';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunningService } from './spec/running-service.js';

let service: RunningService;
let sha256: string;
const zip = buildPackage({ name: 'Ranged', version: '2.1', files: { 'lib/large.jar': randomBytes(600_000) } });
beforeAll(async () => {
  service = await RunningService.start();
  sha256 = (await service.import(zip)).body.changes[0]?.sha256 ?? '';
});
afterAll(() => service.close());

const get = (address: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${service.url}${address}`, { headers, method });
const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer());

test('the zip comes back whole, immutable, with its digest as its tag', async () => {
  const answer = await get(`/packages/${sha256}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('etag')).toBe(`"${sha256}"`);
  expect(answer.headers.get('cache-control')).toContain('immutable');
  expect((await bytesOf(answer)).equals(zip)).toBe(true);
  expect((await get(`/packages/${sha256}`, { 'if-none-match': `"${sha256}"` })).status).toBe(304);
  const head = await get(`/packages/${sha256}`, {}, 'HEAD');
  expect(head.headers.get('content-length')).toBe(String(zip.length));
});

test.for<[string, number, number]>([
  ['bytes=0-0', 0, 1],
  ['bytes=100-299', 100, 300],
  ['bytes=262143-262145', 262143, 262146],
  ['bytes=262144-524288', 262144, 524289],
  ['bytes=-10', zip.length - 10, zip.length],
  ['bytes=599000-', 599000, zip.length],
])('range %s', async ([range, start, end]) => {
  const answer = await get(`/packages/${sha256}`, { range });
  expect(answer.status).toBe(206);
  expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${zip.length}`);
  expect((await bytesOf(answer)).equals(zip.subarray(start, end))).toBe(true);
});

test('a range beyond the end, an unknown digest and no digest are refused', async () => {
  expect((await get(`/packages/${sha256}`, { range: `bytes=${zip.length}-` })).status).toBe(416);
  const unknown = await service.request<{ code: string }>(`/packages/${'0'.repeat(64)}`);
  expect([unknown.status, unknown.body.code]).toEqual([404, 'package-unknown']);
  expect((await get('/packages/nonsense')).status).toBe(400);
});

test('both addresses offer the zip under its name and version', async () => {
  const answer = await get('/extensions/Ranged/package');
  const named = 'attachment; filename=Ranged-2.1.zip';
  expect(answer.headers.get('content-disposition')).toBe(named);
  expect((await get(`/packages/${sha256}`, {}, 'HEAD')).headers.get('content-disposition')).toBe(named);
  expect(answer.headers.get('cache-control')).not.toContain('immutable');
  expect((await bytesOf(answer)).equals(zip)).toBe(true);
  const nobody = await service.request<{ code: string }>('/extensions/Nobody/package');
  expect([nobody.status, nobody.body.code]).toEqual([404, 'extension-unknown']);
});

test('a reader that goes away gives its connection back', async () => {
  for (let round = 0; round < 15; round += 1) {
    const aborter = new AbortController();
    const answer = await fetch(`${service.url}/packages/${sha256}`, { signal: aborter.signal });
    aborter.abort();
    await answer.arrayBuffer().catch(() => undefined);
  }
  expect((await get(`/packages/${sha256}`)).status).toBe(200);
});
