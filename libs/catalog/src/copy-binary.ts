import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { CatalogError } from './catalog-error.js';

// PostgreSQL's binary COPY format: the signature, 32 bits of flags, the length of an extension area and that area; then per
// row a 16-bit count of fields, and per field a 32-bit length (-1 is null) and its bytes; at the end a count of -1.
// https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEADER_BYTES = SIGNATURE.length + 8;
const NO_ROW = -1;

/** Bytes in one row of `blob_chunk`. */
export const CHUNK_BYTES = 256 * 1024;

/** Turns bytes into COPY BINARY rows `(blob uuid, n integer, bytes bytea)` of 256 KB. */
export class ChunkRowEncoder extends Transform {
  private readonly blob: Buffer;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private rows = 0;

  constructor(blob: string) {
    super({ readableHighWaterMark: 2 * CHUNK_BYTES, writableHighWaterMark: 2 * CHUNK_BYTES });
    this.blob = Buffer.from(blob.replaceAll('-', ''), 'hex');
    this.push(Buffer.concat([SIGNATURE, Buffer.alloc(8)]));
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = bytes;
    while (this.pendingBytes + rest.length >= CHUNK_BYTES) {
      const taken = rest.subarray(0, CHUNK_BYTES - this.pendingBytes);
      rest = rest.subarray(taken.length);
      this.pending.push(taken);
      this.pendingBytes = CHUNK_BYTES;
      this.pushRow();
    }
    if (rest.length > 0) this.pending.push(rest);
    this.pendingBytes += rest.length;
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.pendingBytes > 0) this.pushRow();
    const trailer = Buffer.alloc(2);
    trailer.writeInt16BE(NO_ROW);
    this.push(trailer);
    done();
  }

  private pushRow(): void {
    const head = Buffer.alloc(2 + 4 + 16 + 4 + 4 + 4);
    head.writeInt16BE(3, 0);
    head.writeInt32BE(16, 2);
    this.blob.copy(head, 6);
    head.writeInt32BE(4, 22);
    head.writeInt32BE(this.rows, 26);
    head.writeInt32BE(this.pendingBytes, 30);
    this.push(head);
    for (const piece of this.pending) this.push(piece);
    this.rows += 1;
    this.pending = [];
    this.pendingBytes = 0;
  }
}

/**
 * Takes COPY BINARY rows of one bytea column and gives their bytes, one after the other, as they come: never a whole row.
 * Skips the first `skipBytes`, then gives exactly `wantedBytes`; ends with `blob-damaged` where there are fewer.
 */
export class ByteRowDecoder extends Transform {
  private state: 'header' | 'extension' | 'row' | 'field' | 'bytes' | 'end' = 'header';
  private need = HEADER_BYTES;
  private partial: Buffer = Buffer.alloc(0);

  constructor(
    private readonly subject: string,
    private skipBytes: number,
    private wantedBytes: number,
  ) {
    super({ readableHighWaterMark: CHUNK_BYTES });
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = bytes;
    try {
      while (rest.length > 0 && this.state !== 'end') rest = this.consume(rest);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    if (this.state === 'end' && this.wantedBytes === 0) done();
    else done(this.damaged(`${this.wantedBytes} bytes are missing`));
  }

  /** Consumes the next piece of the format and returns what follows it. */
  private consume(bytes: Buffer): Buffer {
    if (this.state === 'bytes') return this.takeBytes(bytes);
    const missing = this.need - this.partial.length;
    const taken = bytes.subarray(0, missing);
    this.partial = this.partial.length === 0 ? taken : Buffer.concat([this.partial, taken]);
    if (this.partial.length === this.need) {
      const whole = this.partial;
      this.partial = Buffer.alloc(0);
      this.interpret(whole);
    }
    return bytes.subarray(taken.length);
  }

  private interpret(piece: Buffer): void {
    if (this.state === 'header') {
      if (!piece.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw this.damaged('no COPY BINARY signature');
      const extension = piece.readInt32BE(SIGNATURE.length + 4);
      if (extension > 0) this.expect('extension', extension);
      else this.expect('row', 2);
    } else if (this.state === 'extension') {
      this.expect('row', 2);
    } else if (this.state === 'row') {
      const fields = piece.readInt16BE(0);
      if (fields !== NO_ROW && fields !== 1) throw this.damaged(`a row of ${fields} fields`);
      if (fields === NO_ROW) this.state = 'end';
      else this.expect('field', 4);
    } else {
      const length = piece.readInt32BE(0);
      if (length <= 0) throw this.damaged(`a chunk of ${length} bytes`);
      this.expect('bytes', length);
    }
  }

  private takeBytes(bytes: Buffer): Buffer {
    const taken = bytes.subarray(0, this.need);
    this.need -= taken.length;
    if (this.need === 0) this.expect('row', 2);
    const skipped = Math.min(this.skipBytes, taken.length);
    const wanted = taken.subarray(skipped, skipped + this.wantedBytes);
    this.skipBytes -= skipped;
    this.wantedBytes -= wanted.length;
    if (wanted.length > 0) this.push(wanted);
    return bytes.subarray(taken.length);
  }

  private expect(state: typeof this.state, bytes: number): void {
    this.state = state;
    this.need = bytes;
  }

  private damaged(detail: string): CatalogError {
    return new CatalogError('blob-damaged', `the bytes of ${this.subject} cannot be read from the catalog: ${detail}`);
  }
}
