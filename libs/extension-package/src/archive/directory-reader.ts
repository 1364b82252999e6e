import yauzl from 'yauzl';
import { PackageRefused } from '../package-refused.js';
import type { DirectoryPlace } from './end-records.js';
import type { ZipWindow } from './zip-window.js';

const CENTRAL_HEADER_BYTES = 46;

/** Answers yauzl's reads, two for each entry, out of one buffer that holds the central directory and the end records. */
class TailReader extends yauzl.RandomAccessReader {
  readonly #tail: Buffer;

  constructor(
    tail: Buffer,
    private readonly tailStart: number,
  ) {
    super();
    this.#tail = tail;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    const start = position - this.tailStart;
    if (start < 0 || start + length > this.#tail.length)
      return callback(new Error(`read outside the directory at ${position}`));
    callback(null, this.#tail.copy(buffer, offset, start, start + length));
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null);
  }
}

/** An entry as yauzl parsed it, with the numbers as they stand in its header, before any zip64 field is applied. */
export interface DirectoryRecord {
  readonly entry: yauzl.Entry;
  /** Size, compressed size, offset. */
  readonly numbers: readonly [number, number, number];
  readonly disk: number;
}

/** The entries of the central directory, which must fill it to its last byte. Names and sizes are not judged yet. */
export async function readDirectory(zip: ZipWindow, place: DirectoryPlace): Promise<DirectoryRecord[]> {
  // yauzl looks for the end record in the last 64 KiB, so these are held with the directory.
  const tailStart = Math.max(0, Math.min(place.offset, zip.sizeBytes - 0x10000 - 64));
  const tail = Buffer.from(zip.view(tailStart, zip.sizeBytes - tailStart));
  const records: DirectoryRecord[] = [];
  let at = place.offset - tailStart;
  try {
    const archive = await yauzl.fromRandomAccessReaderPromise(new TailReader(tail, tailStart), zip.sizeBytes, {
      decodeStrings: false,
      validateEntrySizes: false,
    });
    for await (const entry of archive.eachEntry()) {
      const numbers = [tail.readUInt32LE(at + 24), tail.readUInt32LE(at + 20), tail.readUInt32LE(at + 42)] as const;
      records.push({ entry, numbers, disk: tail.readUInt16LE(at + 34) });
      at += CENTRAL_HEADER_BYTES + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    }
  } catch (error) {
    throw translated(error);
  }
  requireFilled(place, at - (place.offset - tailStart));
  return records;
}

function requireFilled(place: DirectoryPlace, bytes: number): void {
  if (bytes === place.sizeBytes) return;
  throw new PackageRefused(
    'entry-count-mismatch',
    `the end record counts ${place.entries} entries in ${place.sizeBytes} bytes, but they take ${bytes} bytes`,
    { limit: place.sizeBytes, actual: bytes, remedy: 'Build the zip again with an ordinary tool.' },
  );
}

function translated(error: unknown): PackageRefused {
  const message = error instanceof Error ? error.message : String(error);
  const options = { cause: error, remedy: 'Build the zip again with an ordinary tool, without a password.' };
  if (message.includes('encryption')) return new PackageRefused('encrypted', 'the zip is encrypted', options);
  if (message.includes('zip64'))
    return new PackageRefused('zip64-invalid', `a zip64 field is wrong: ${message}`, options);
  return new PackageRefused('directory-corrupt', `the central directory cannot be read: ${message}`, options);
}
