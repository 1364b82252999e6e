import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256Schema } from '@muster/contracts';
import { from as copyFrom } from 'pg-copy-streams';
import { openBlob } from './blob-reader.js';
import type { BlobRange } from './blob-reader.js';
import { CatalogError } from './catalog-error.js';
import { ChunkRowEncoder, CHUNK_BYTES } from './copy-binary.js';
import { collectBlobs } from './collect-blobs.js';
import type { CollectOptions, CollectResult } from './collect-blobs.js';
import { asAway } from './database.js';
import type { Database, Session } from './database.js';
import { BEGIN_TRANSFER, IDLE_TRANSFER_MS, stalled } from './transfer.js';

export type { BlobRange, CollectOptions, CollectResult };

export interface WrittenBlob {
  /** Put it into a draft's package; a blob that no package refers to is collected. */
  readonly blob: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** The zips' bytes, in and out by COPY BINARY with flat memory. Structurally a `PackageSource` by `fetch`. */
export class BlobStore {
  readonly name = 'catalog';

  constructor(private readonly database: Database) {}

  /** Stores a file, or what a stream gives, under a fresh id. Any failure, or the signal, leaves nothing. */
  async write(source: Readable | string, options: { readonly signal?: AbortSignal } = {}): Promise<WrittenBlob> {
    const bytes = typeof source === 'string' ? createReadStream(source, { highWaterMark: CHUNK_BYTES }) : source;
    // Listened to from the beginning: a file that cannot be opened fails before a connection was had.
    let sourceError: Error | undefined;
    bytes.once('error', (error: Error) => (sourceError = error));
    let session: Session | undefined;
    try {
      session = await this.database.session();
      const written = await copyIn(session, bytes, options.signal);
      session.client.release();
      return written;
    } catch (error) {
      session?.cut();
      // Whose fault it was: what the source threw is the caller's, whatever its code looks like.
      if (sourceError === error) throw error;
      bytes.destroy();
      throw asAway(error);
    }
  }

  /**
   * The bytes of a package's zip, or a range of them (`end` included); undefined where the catalog does not have them.
   * Destroying the stream ends the query and gives the connection up.
   */
  read(sha256: string, range: BlobRange = {}): Promise<Readable | undefined> {
    if (!sha256Schema.safeParse(sha256).success) return Promise.resolve(undefined);
    return openBlob(this.database, sha256, range);
  }

  /** Writes the zip to a file; false where the catalog does not have it. The caller compares the digest. */
  async fetchTo(sha256: string, file: string, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    const bytes = await this.read(sha256);
    if (bytes === undefined) return false;
    await pipeline(bytes, createWriteStream(file, { highWaterMark: 2 * CHUNK_BYTES }), signal ? { signal } : {});
    return true;
  }

  fetch(sha256: string, file: string, signal: AbortSignal): Promise<boolean> {
    return this.fetchTo(sha256, file, signal);
  }

  /** Reads the zip of a package through: whether it is there, and still is what its digest says. Throws `database-away`. */
  async isWhole(sha256: string): Promise<boolean> {
    const bytes = await this.read(sha256);
    if (bytes === undefined) return false;
    const hash = createHash('sha256');
    try {
      for await (const piece of bytes) hash.update(piece as Buffer);
    } catch (error) {
      if (error instanceof CatalogError && error.code === 'blob-damaged') return false;
      throw error;
    }
    return hash.digest('hex') === sha256;
  }

  /** Gives a package these bytes for its zip; those that it had are collected when their time has come. */
  async replace(sha256: string, { blob, sha256: written }: WrittenBlob): Promise<void> {
    if (written !== sha256) throw new CatalogError('draft-invalid', `the blob ${blob} is not the zip of ${sha256}`);
    const session = await this.database.session();
    try {
      await session.query('update package set blob = $2 where sha256 = $1', [sha256, blob]);
      session.client.release();
    } catch (error) {
      session.cut();
      throw asAway(error);
    }
  }

  /** Deletes what nobody can ask for any more: see `CollectOptions`. Any number may run at once. */
  collect(options: CollectOptions = {}): Promise<CollectResult> {
    return collectBlobs(this.database, options);
  }
}

async function copyIn(session: Session, bytes: Readable, signal?: AbortSignal): Promise<WrittenBlob> {
  const blob = randomUUID();
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measure = new Transform({
    highWaterMark: 2 * CHUNK_BYTES,
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      sizeBytes += piece.length;
      done(null, piece);
    },
  });
  await session.query(BEGIN_TRANSFER);
  const copy = session.client.query(copyFrom('copy blob_chunk (blob, n, bytes) from stdin (format binary)'));
  copy.on('error', (error) => bytes.destroy(asAway(error) as Error));
  const unlimit = session.limitIdle(IDLE_TRANSFER_MS, () => bytes.destroy(stalled('writing a blob')));
  await pipeline(bytes, measure, new ChunkRowEncoder(blob), copy, signal ? { signal } : {});
  unlimit();
  const sha256 = hash.digest('hex');
  await session.query('insert into blob (id, sha256, size_bytes) values ($1, $2, $3)', [blob, sha256, sizeBytes]);
  await session.query('commit');
  return { blob, sizeBytes, sha256 };
}
