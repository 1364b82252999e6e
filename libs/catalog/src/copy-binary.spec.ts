import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { array, assert, asyncProperty, nat, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { ByteRowDecoder, CHUNK_BYTES, ChunkRowEncoder } from './copy-binary.js';

const BLOB = '01234567-89ab-cdef-0123-456789abcdef';
const SIGNATURE = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);

/** What the server sends for rows of one column. */
function serverRows(rows: readonly Buffer[]): Buffer {
  const pieces = rows.flatMap((row) => {
    const head = Buffer.alloc(6);
    head.writeInt16BE(1, 0);
    head.writeInt32BE(row.length, 2);
    return [head, row];
  });
  return Buffer.concat([SIGNATURE, ...pieces, Buffer.from([0xff, 0xff])]);
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
}

async function decode(pieces: readonly Buffer[], skip: number, wanted: number): Promise<Buffer> {
  return buffer(Readable.from(pieces).compose(new ByteRowDecoder('a package', skip, wanted)));
}

it('decodes the same bytes however the network cuts them, whole and in ranges', async () => {
  const row = uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  const cuts = array(nat(500), { maxLength: 30 });
  await assert(
    asyncProperty(array(row, { maxLength: 6 }), cuts, nat(100), nat(100), async (rows, at, from, length) => {
      const whole = Buffer.concat(rows);
      const skip = Math.min(from, whole.length);
      const wanted = Math.min(length, whole.length - skip);
      const decoded = await decode(cutAt(serverRows(rows), at), skip, wanted);
      expect(decoded.equals(whole.subarray(skip, skip + wanted))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('refuses what is too short, cut off or not COPY BINARY', async () => {
  const good = serverRows([Buffer.from('hello')]);
  await expect(decode([good], 0, 6)).rejects.toMatchObject({ code: 'blob-damaged' });
  await expect(decode([good.subarray(0, good.length - 2)], 0, 5)).rejects.toMatchObject({ code: 'blob-damaged' });
  await expect(decode([Buffer.alloc(40)], 0, 5)).rejects.toMatchObject({ code: 'blob-damaged' });
  await expect(decode([], 0, 0)).rejects.toMatchObject({ code: 'blob-damaged' });
});

it('makes rows of 256 KB whatever the pieces are that come in', async () => {
  for (const size of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 17]) {
    const bytes = randomBytes(size);
    for (const pieceBytes of [1000, CHUNK_BYTES, 10 * CHUNK_BYTES]) {
      const pieces = Array.from({ length: Math.ceil(size / pieceBytes) }, (_, n) =>
        bytes.subarray(n * pieceBytes, (n + 1) * pieceBytes),
      );
      const encoded = await buffer(Readable.from(pieces).compose(new ChunkRowEncoder(BLOB)));
      expect(chunksOf(encoded)).toEqual(expectedChunks(bytes));
    }
  }
});

function expectedChunks(bytes: Buffer): { n: number; blob: string; size: number; start: string }[] {
  return Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, n) => {
    const chunk = bytes.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES);
    return { n, blob: BLOB.replaceAll('-', ''), size: chunk.length, start: chunk.toString('hex', 0, 8) };
  });
}

function chunksOf(encoded: Buffer): { n: number; blob: string; size: number; start: string }[] {
  const chunks = [];
  let at = SIGNATURE.length;
  while (encoded.readInt16BE(at) === 3) {
    const blob = encoded.toString('hex', at + 6, at + 22);
    const n = encoded.readInt32BE(at + 26);
    const size = encoded.readInt32BE(at + 30);
    chunks.push({ n, blob, size, start: encoded.toString('hex', at + 34, at + 34 + Math.min(8, size)) });
    at += 34 + size;
  }
  expect(encoded.readInt16BE(at)).toBe(-1);
  expect(encoded.length).toBe(at + 2);
  return chunks;
}
