import { waitFor } from '@muster/testing';
import { get } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseConfigSchema } from '../config/base-config.js';
import { readConfig } from '../config/read-config.js';
import { createService, type Service } from '../create-service.js';
import { createKit } from '../kit.js';
import { bytes, change, FileModule, opened, outcomes } from '../spec/file-module.js';

let service: Service;
beforeAll(async () => {
  const config = readConfig(baseConfigSchema, { MUSTER_PORT: '0', MUSTER_LOG_LEVEL: 'silent' });
  service = await createService({ kit: createKit({ name: 'files', config }), module: FileModule });
  await service.listen();
});
afterAll(async () => {
  await service.close();
});

async function fetchFile(headers: Record<string, string> = {}, method = 'GET') {
  const answer = await fetch(`${service.url}/file`, { method, headers });
  return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
}

describe('sendDownload', () => {
  it('sends the whole with its length, tag and name', async () => {
    const { status, headers, body } = await fetchFile();
    expect(status).toBe(200);
    expect(body.equals(bytes)).toBe(true);
    expect(headers.get('content-length')).toBe(String(bytes.length));
    expect(headers.get('content-type')).toBe('application/zip');
    expect(headers.get('etag')).toBe('"abc"');
    expect(headers.get('cache-control')).toContain('immutable');
    expect(headers.get('content-disposition')).toContain("filename*=UTF-8''%C3%A4%20b.zip");
  });

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=100-199', 100, 200],
    ['bytes=2999990-', 2_999_990, 3_000_000],
    ['bytes=-10', 2_999_990, 3_000_000],
    ['bytes=2999999-99999999', 2_999_999, 3_000_000],
    ['bytes=-99999999', 0, 3_000_000],
  ])('sends the range %s', async (range, start, end) => {
    const { status, headers, body } = await fetchFile({ range });
    expect(status).toBe(206);
    expect(headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/3000000`);
    expect(body.equals(bytes.subarray(start, end))).toBe(true);
  });

  it('sends the whole for ranges that it does not serve', async () => {
    for (const range of ['bytes=0-1,5-6', 'lines=1-2', 'bytes=9-1', 'bytes=-']) {
      expect((await fetchFile({ range })).status).toBe(200);
    }
    expect((await fetchFile({ range: 'bytes=0-1', 'if-range': '"old"' })).status).toBe(200);
    expect((await fetchFile({ range: 'bytes=0-1', 'if-range': '"abc"' })).status).toBe(206);
  });

  it('refuses a range outside, saying the size', async () => {
    for (const range of ['bytes=3000000-', 'bytes=-0']) {
      const { status, headers, body } = await fetchFile({ range });
      expect([status, headers.get('content-range')]).toEqual([416, 'bytes */3000000']);
      expect(JSON.parse(body.toString())).toMatchObject({ code: 'range-not-satisfiable', limit: 3_000_000 });
      expect(headers.get('cache-control')).toBeNull();
    }
  });

  it('sends nothing to who has it, and only the head to HEAD', async () => {
    const before = opened.length;
    expect((await fetchFile({ 'if-none-match': '"other", W/"abc"' })).status).toBe(304);
    const head = await fetchFile({}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), head.body.length]).toEqual([200, '3000000', 0]);
    expect(opened.length).toBe(before);
    expect((await fetchFile({ 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('ends the source when the client leaves', async () => {
    // More than the buffers between the two take: the source must wait, and be ended while it does.
    const source = new Readable({ read: () => void source.push(Buffer.alloc(65_536)) });
    change.to = { sizeBytes: 500_000_000, open: () => source };
    const before = outcomes.length;
    const request = get(`${service.url}/file`, (answer) => answer.once('data', () => request.destroy()));
    request.on('error', () => undefined);
    await waitFor(() => outcomes.length > before, { what: 'the outcome' });
    change.to = {};
    expect(outcomes.at(-1)).toBe('aborted');
    expect(source.destroyed).toBe(true);
  });

  it('cuts the connection when the source fails or is too short, and answers when it cannot be opened', async () => {
    change.to = { open: () => Promise.reject(new Error('no such blob')) };
    const refused = await fetchFile();
    expect([refused.status, refused.headers.get('etag')]).toEqual([500, null]);
    change.to = { open: () => Readable.from([bytes.subarray(0, 100_000)]) };
    await expect(fetchFile()).rejects.toThrow();
    change.to = {
      open: () =>
        new Readable({
          read() {
            this.destroy(new Error('the database went away'));
          },
        }),
    };
    await expect(
      fetchFile().then(({ status }) => (status === 500 ? Promise.reject(new Error('500')) : status)),
    ).rejects.toThrow();
    // The client has all that was announced by then: what is left over must not reach it, and is an error here.
    change.to = { open: () => Readable.from([bytes, Buffer.from('more')]) };
    expect((await fetchFile()).body.length).toBe(bytes.length);
    await waitFor(() => outcomes.at(-1)?.includes('gave 3000004'), { what: 'the error' });
    change.to = {};
    expect((await fetchFile()).status).toBe(200);
  });
});
