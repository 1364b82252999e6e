import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

const CHUNK_BYTES = 256 * 1024;
const SLICE_MS = 8;
const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);

/**
 * Gives the event loop a turn whenever the work since the last one took long enough. Hashing is done by synchronous calls in
 * slices: a promise per small file costs more than the file.
 */
export class TimeSlice {
  private began = performance.now();

  constructor(private readonly signal?: AbortSignal) {}

  async turn(): Promise<void> {
    if (performance.now() - this.began < SLICE_MS) return;
    await nextTurn();
    this.signal?.throwIfAborted();
    this.began = performance.now();
  }
}

export interface HashedFile {
  readonly stat: BigIntStats;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** What is no regular file: it was not read. */
export class NotRegular extends Error {}

/** The digest of a regular file; follows no link and waits for no fifo. */
export async function hashFile(path: string, slice: TimeSlice): Promise<HashedFile> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw new NotRegular(path);
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for (;;) {
      // The buffer is shared: it is filled and used up without a turn in between.
      const length = readSync(fd, buffer, 0, CHUNK_BYTES, sizeBytes);
      if (length === 0) break;
      hash.update(buffer.subarray(0, length));
      sizeBytes += length;
      await slice.turn();
    }
    const after = fstatSync(fd, { bigint: true });
    return { stat: after, sizeBytes, sha256: hash.digest('hex') };
  } finally {
    closeSync(fd);
  }
}
