import { readSync } from 'node:fs';
import { PackageRefused } from '../package-refused.js';

/**
 * A view of the zip on disk that reads ahead: neighbouring headers and small entries come out of one read. What `view`
 * returns is valid until the next call.
 */
export class ZipWindow {
  readonly #buffer: Buffer;
  #start = 0;
  #length = 0;

  constructor(
    private readonly fd: number,
    readonly sizeBytes: number,
    windowBytes: number,
  ) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(windowBytes, Math.max(1, sizeBytes)));
  }

  view(position: number, length: number): Buffer {
    if (position < 0 || position + length > this.sizeBytes) throw beyondEnd(position + length, this.sizeBytes);
    if (length > this.#buffer.length) {
      const own = Buffer.allocUnsafeSlow(length);
      readFully(this.fd, own, length, position);
      return own;
    }
    if (position < this.#start || position + length > this.#start + this.#length) this.#fill(position);
    return this.#buffer.subarray(position - this.#start, position - this.#start + length);
  }

  #fill(position: number): void {
    const length = Math.min(this.#buffer.length, this.sizeBytes - position);
    this.#length = 0;
    readFully(this.fd, this.#buffer, length, position);
    this.#start = position;
    this.#length = length;
  }
}

/** Fills the buffer's first `length` bytes, or refuses the zip as truncated. */
export function readFully(fd: number, buffer: Buffer, length: number, position: number): void {
  let done = 0;
  while (done < length) {
    const count = readSync(fd, buffer, done, length - done, position + done);
    if (count === 0) throw beyondEnd(position + length, position + done);
    done += count;
  }
}

function beyondEnd(wanted: number, sizeBytes: number): PackageRefused {
  return new PackageRefused(
    'truncated',
    `the zip ends at byte ${sizeBytes}, but a part of it would lie up to byte ${wanted}`,
    {
      limit: sizeBytes,
      actual: wanted,
      remedy: 'Build or upload the zip again; it was cut off or changed.',
    },
  );
}
