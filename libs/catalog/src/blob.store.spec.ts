import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createDatabase, FaultProxy, rawPool, temporaryDirectory, waitFor } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { committed, install, installed, remove, SCALE, storedPackage } from './spec/drafts.js';
import { CHUNK_BYTES } from './copy-binary.js';
import { Catalog, migrate } from './index.js';

let database: TestDatabase;
let catalog: Catalog;
let direct: Pool;
let names = 0;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  catalog = Catalog.connect({ url: database.url, applicationName: 'blob spec', poolSize: 4 });
  direct = rawPool(database.url);
});
afterAll(async () => {
  await Promise.all([catalog.close(), direct.end()]);
  await database.drop();
});

function nextName(): string {
  names += 1;
  return `Extension-${names}`;
}

async function readBack(sha256: string, range?: { start?: number; end?: number }): Promise<Buffer> {
  const bytes = await catalog.blobs.read(sha256, range);
  if (bytes === undefined) throw new Error('not there');
  return buffer(bytes);
}

async function count(table: string): Promise<number> {
  return Number((await direct.query(`select count(*) from ${table}`)).rows[0].count);
}

/** The sessions of the catalog that are in the middle of something. */
async function busy(): Promise<number> {
  const { rows } = await direct.query(
    `select count(*)::int from pg_stat_activity where application_name = 'blob spec' and state <> 'idle'
       and datname = current_database()`,
  );
  return rows[0].count;
}

describe('a round trip', () => {
  const sizes = [
    0,
    1,
    1000,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    2 * CHUNK_BYTES,
    (SCALE > 1 ? 30 : 8) * 1024 * 1024 + 13,
  ];
  it.each(sizes)('gives back %i bytes, from a stream and from a file, into a stream and into a file', async (size) => {
    const bytes = randomBytes(size);
    const directory = await temporaryDirectory();
    const [source, target] = [path.join(directory, 'in.zip'), path.join(directory, 'out.zip')];
    await writeFile(source, bytes);
    const fromFile = await catalog.blobs.write(source);
    expect(fromFile).toMatchObject({ sizeBytes: size, sha256: createHash('sha256').update(bytes).digest('hex') });
    const one = await installed(catalog, { name: nextName(), bytes });
    expect(one.sha256).toBe(fromFile.sha256);
    expect((await readBack(one.sha256)).equals(bytes)).toBe(true);
    expect(await catalog.blobs.fetchTo(one.sha256, target)).toBe(true);
    expect((await readFile(target)).equals(bytes)).toBe(true);
    await committed(catalog, remove(one));
  });

  it('answers undefined or false for bytes that it does not have', async () => {
    const { sha256 } = await catalog.blobs.write(Readable.from([Buffer.from('nobody refers to me')]));
    for (const unknown of [sha256, 'f'.repeat(64), `'; drop table blob; --`]) {
      expect(await catalog.blobs.read(unknown)).toBeUndefined();
      expect(await catalog.blobs.fetchTo(unknown, '/nonexistent/file')).toBe(false);
    }
  });

  it('reads ranges, across chunks too, and refuses those outside', async () => {
    const bytes = randomBytes(3 * CHUNK_BYTES + 100);
    const one = await installed(catalog, { name: nextName(), bytes });
    const last = bytes.length - 1;
    const ranges = [
      [0, 0],
      [CHUNK_BYTES - 1, CHUNK_BYTES],
      [CHUNK_BYTES, 2 * CHUNK_BYTES - 1],
      [5, last],
      [last, last],
      [3 * CHUNK_BYTES, last + 1000],
    ] as const;
    for (const [start, end] of ranges) {
      const expected = bytes.subarray(start, end + 1);
      expect((await readBack(one.sha256, { start, end })).equals(expected)).toBe(true);
    }
    for (const range of [{ start: bytes.length }, { start: -1 }, { start: 5, end: 4 }, { start: Number.NaN }]) {
      await expect(catalog.blobs.read(one.sha256, range)).rejects.toMatchObject({ code: 'range-invalid' });
    }
    expect(await busy()).toBe(0);
  });
});

describe('a transfer that is given up', () => {
  it('ends the query and gives the connection back when the reader goes away', async () => {
    const one = await installed(catalog, { name: nextName(), bytes: randomBytes(20 * 1024 * 1024) });
    for (let round = 0; round < 8; round += 1) {
      const bytes = await catalog.blobs.read(one.sha256);
      if (bytes === undefined) throw new Error('not there');
      if (round % 2 === 0) await once(bytes, 'data');
      bytes.destroy();
      await once(bytes, 'close');
    }
    await waitFor(async () => (await busy()) === 0, { what: 'the queries to end' });
    await Promise.all([1, 2, 3, 4, 5].map(() => catalog.ping()));
    expect((await readBack(one.sha256)).length).toBe(20 * 1024 * 1024);
  });

  it('passes an abort on, while reading and while writing, and leaves nothing behind', async () => {
    const before = [await count('blob'), await count('blob_chunk')];
    const abort = new AbortController();
    const endless = Readable.from(
      (async function* () {
        for (let n = 0; ; n += 1) {
          if (n === 30) abort.abort();
          yield Buffer.alloc(CHUNK_BYTES, n);
          await new Promise(setImmediate);
        }
      })(),
    );
    await expect(catalog.blobs.write(endless, { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
    const failing = Readable.from(
      (async function* () {
        yield Buffer.alloc(3 * CHUNK_BYTES);
        await Promise.resolve();
        throw new Error('the upload was cut');
      })(),
    );
    await expect(catalog.blobs.write(failing)).rejects.toThrow('the upload was cut');
    const gone = Object.assign(new Error('the client went away'), { code: 'ECONNRESET' });
    const reset = Readable.from([Buffer.alloc(CHUNK_BYTES)]).map(() => Promise.reject(gone));
    await expect(catalog.blobs.write(reset)).rejects.toBe(gone);
    await expect(catalog.blobs.write('/nonexistent/file')).rejects.toMatchObject({ syscall: 'open' });
    await waitFor(async () => (await busy()) === 0, { what: 'the queries to end' });
    expect([await count('blob'), await count('blob_chunk')]).toEqual(before);
    const one = await installed(catalog, { name: nextName(), bytes: randomBytes(5 * 1024 * 1024) });
    const target = path.join(await temporaryDirectory(), 'out.zip');
    await expect(catalog.blobs.fetchTo(one.sha256, target, AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
    await catalog.ping();
  });

  it('ends as database-away when the connection is cut in the middle, either way', async () => {
    const one = await installed(catalog, { name: nextName(), bytes: randomBytes(20 * 1024 * 1024) });
    const proxy = await FaultProxy.inFrontOf(database.url);
    const through = Catalog.connect({ url: proxy.urlThrough(database.url), applicationName: 'blob spec' });
    const bytes = await through.blobs.read(one.sha256);
    const reading = buffer(bytes ?? Readable.from([]));
    proxy.reset();
    await expect(reading).rejects.toMatchObject({ code: 'database-away' });
    const writing = through.blobs.write(
      Readable.from(
        (async function* () {
          yield Buffer.alloc(5 * CHUNK_BYTES);
          await waitFor(() => proxy.counts.open > 0, { what: 'a connection' });
          proxy.reset();
          for (let n = 0; n < 100; n += 1) {
            yield Buffer.alloc(CHUNK_BYTES);
            await new Promise(setImmediate);
          }
        })(),
      ),
    );
    await expect(writing).rejects.toMatchObject({ code: 'database-away' });
    await through.ping();
    await through.close();
    await proxy.close();
  });
});

describe('collection', () => {
  it('takes what nobody refers to and keeps what roll back needs', async () => {
    await catalog.blobs.collect({ graceMs: 0, retentionMs: 0 });
    const kept = await installed(catalog, { name: nextName() });
    const removed = await installed(catalog, { name: nextName() });
    await committed(catalog, remove(removed));
    const loose = await catalog.blobs.write(Readable.from([Buffer.from('loose')]));
    expect(await catalog.blobs.collect({})).toEqual({ blobs: 0, bytes: 0 });
    expect(await catalog.blobs.collect({ graceMs: 0 })).toEqual({ blobs: 1, bytes: loose.sizeBytes });
    expect((await readBack(removed.sha256)).length).toBe(300);
    expect(await catalog.blobs.collect({ graceMs: 0, retentionMs: 0 })).toEqual({ blobs: 1, bytes: 300 });
    expect(await catalog.blobs.read(removed.sha256)).toBeUndefined();
    expect((await readBack(kept.sha256)).length).toBe(300);
    expect(await count('blob_chunk where blob not in (select id from blob)')).toBe(0);
  });

  it('never takes the zip of a package that is being committed at that moment', async () => {
    for (let round = 0; round < 15; round += 1) {
      const one = await storedPackage(catalog, { name: nextName() });
      const collecting = Promise.all([1, 2].map(() => catalog.blobs.collect({ graceMs: 0, retentionMs: 0 })));
      const result = await catalog.revisions.commit({ importId: one.sha256, actor: 'a', changes: [install(one)] });
      await collecting;
      if (result.ok) expect((await readBack(one.sha256)).length).toBe(300);
      else expect(result).toMatchObject({ code: 'conflict' });
      expect((await catalog.extensions.list()).some(({ sha256 }) => sha256 === one.sha256)).toBe(result.ok);
    }
  });
});
