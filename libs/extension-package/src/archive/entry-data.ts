import { createHash, hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import type { InflateRaw } from 'node:zlib';
import { PackageRefused } from '../package-refused.js';
import type { RefusalCode } from '../package-refused.js';
import type { PlacedEntry } from './local-headers.js';
import { readFully } from './zip-window.js';
import type { ZipWindow } from './zip-window.js';

/** Entries above this, packed or unpacked, are read in chunks; below it a whole entry at once is several times faster. */
export const WHOLE_ENTRY_BYTES = 8 * 1024 * 1024;
const CHUNK_BYTES = 512 * 1024;
const REBUILD = 'Build the zip again with an ordinary tool.';

/** The data of one entry, its CRC-32 compared. */
export function readWhole(zip: ZipWindow, entry: PlacedEntry): Buffer {
  const packed = zip.view(entry.dataOffset, entry.compressedSize);
  const data = entry.method === 0 ? packed : inflateWhole(packed, entry);
  requireEqual(entry, data.length, crc32(data));
  return data;
}

export function sha256Of(data: Buffer): string {
  return hash('sha256', data, 'hex');
}

function inflateWhole(packed: Buffer, entry: PlacedEntry): Buffer {
  try {
    // One chunk that is a little larger than the output lets zlib see the end of the stream in its first call.
    const options = { chunkSize: entry.size + 64, maxOutputLength: Math.max(1, entry.size), info: true };
    const { buffer, engine } = inflateRawSync(packed, options) as unknown as { buffer: Buffer; engine: InflateRaw };
    requireAllTaken(entry, engine.bytesWritten);
    return buffer;
  } catch (error) {
    throw inflateRefusal(entry, error);
  }
}

/**
 * Hands an entry's data over in chunks, valid until `take` returns, and returns its sha256. Size, CRC-32 and the end of the
 * stream are compared before it returns; `take` never gets more bytes than the entry declares.
 */
export async function readInChunks(fd: number, entry: PlacedEntry, take: (chunk: Buffer) => void): Promise<string> {
  const digest = createHash('sha256');
  let size = 0;
  let crc = 0;
  const onChunk = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > entry.size) throw tooMuch(entry);
    crc = crc32(chunk, crc);
    digest.update(chunk);
    take(chunk);
  };
  await pump(fd, entry, onChunk);
  requireEqual(entry, size, crc);
  return digest.digest('hex');
}

async function pump(fd: number, entry: PlacedEntry, onChunk: (chunk: Buffer) => void): Promise<void> {
  if (entry.method === 0) {
    for (const chunk of packedChunks(fd, entry)) onChunk(chunk);
    return;
  }
  if (entry.compressedSize === 0) throw refuse('deflate-corrupt', `the packed data of ${entry.shown} is missing`);
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  let first: unknown;
  try {
    await pipeline(Readable.from(packedChunks(fd, entry)), inflate, async (chunks: AsyncIterable<Buffer>) => {
      try {
        for await (const chunk of chunks) onChunk(chunk);
      } catch (error) {
        // Kept, for the pipeline may report the end that this makes to the streams instead.
        first ??= error;
        throw error;
      }
    });
  } catch (error) {
    throw inflateRefusal(entry, first ?? error);
  }
  requireAllTaken(entry, inflate.bytesWritten);
}

/** Read here, not by a stream over the descriptor: such a stream closes it, and the number may be another's by then. */
function* packedChunks(fd: number, entry: PlacedEntry): Generator<Buffer> {
  for (let done = 0; done < entry.compressedSize;) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, entry.compressedSize - done));
    readFully(fd, chunk, chunk.length, entry.dataOffset + done);
    done += chunk.length;
    yield chunk;
  }
}

function requireAllTaken(entry: PlacedEntry, taken: number): void {
  if (taken === entry.compressedSize) return;
  throw refuse(
    'data-after-deflate',
    `${entry.compressedSize - taken} bytes follow the end of the packed data of ${entry.shown}`,
  );
}

function requireEqual(entry: PlacedEntry, size: number, crc: number): void {
  if (size !== entry.size) {
    throw new PackageRefused('size-mismatch', `${entry.shown} has ${size} bytes, but the zip says ${entry.size}`, {
      limit: entry.size,
      actual: size,
      remedy: REBUILD,
    });
  }
  if (crc === entry.crc) return;
  throw refuse(
    'crc-mismatch',
    `${entry.shown} is damaged: its CRC-32 is ${hex(crc)}, but the zip says ${hex(entry.crc)}`,
  );
}

function inflateRefusal(entry: PlacedEntry, error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooMuch(entry);
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error;
  return refuse('deflate-corrupt', `the packed data of ${entry.shown} is corrupt: ${(error as Error).message}`, error);
}

function tooMuch(entry: PlacedEntry): PackageRefused {
  return refuse('size-mismatch', `${entry.shown} unpacks to more than the ${entry.size} bytes that the zip says`);
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

function refuse(code: RefusalCode, detail: string, cause?: unknown): PackageRefused {
  return new PackageRefused(code, detail, { remedy: REBUILD, ...(cause === undefined ? {} : { cause }) });
}
