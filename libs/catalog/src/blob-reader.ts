import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { to as copyTo } from 'pg-copy-streams';
import { CatalogError } from './catalog-error.js';
import { ByteRowDecoder, CHUNK_BYTES } from './copy-binary.js';
import { asAway } from './database.js';
import type { Database, Session } from './database.js';
import { BEGIN_TRANSFER, IDLE_TRANSFER_MS, stalled } from './transfer.js';

/** Byte offsets into the zip; `end` is included, as in HTTP and `fs.createReadStream`. */
export interface BlobRange {
  readonly start?: number;
  readonly end?: number;
}

interface StoredBytes {
  blob: string;
  sizeBytes: number;
}

/** Opens the zip of a package, or of one that is proposed, for reading; the connection goes back when the stream ends and is cut when it is destroyed. */
export async function openBlob(database: Database, sha256: string, range: BlobRange): Promise<Readable | undefined> {
  const session = await database.session();
  let stored: StoredBytes | undefined;
  try {
    await session.query(BEGIN_TRANSFER);
    [stored] = await session.query<StoredBytes>(
      `select b.id as blob, b.size_bytes as "sizeBytes"
       from (
         select blob from package where sha256 = $1
         union all
         select blob from proposal_package where sha256 = $1
       ) known join blob b on b.id = known.blob limit 1`,
      [sha256],
    );
    if (stored !== undefined) return copyOut(session, sha256, stored, range);
    await session.query('commit');
    session.client.release();
    return undefined;
  } catch (error) {
    session.cut();
    throw asAway(error);
  }
}

function copyOut(session: Session, sha256: string, { blob, sizeBytes }: StoredBytes, range: BlobRange): Readable {
  const { start, end } = checkedRange(sha256, range, sizeBytes);
  const [first, last] = [Math.floor(start / CHUNK_BYTES), Math.floor(end / CHUNK_BYTES)];
  const decoder = new ByteRowDecoder(`package ${sha256}`, start - first * CHUNK_BYTES, end - start + 1);
  // COPY takes no parameters: the id comes from the database and the numbers were computed here.
  const copy = session.client.query(
    copyTo(
      `copy (select bytes from blob_chunk where blob = '${blob}' and n between ${first} and ${last} order by n)
       to stdout (format binary)`,
    ),
  );
  copy.on('error', (error) => decoder.destroy(asAway(error) as Error));
  const unlimit = session.limitIdle(IDLE_TRANSFER_MS, () => decoder.destroy(stalled(`reading package ${sha256}`)));
  void finish(session, pipeline(copy, decoder), unlimit);
  return decoder;
}

async function finish(session: Session, copied: Promise<void>, unlimit: () => void): Promise<void> {
  try {
    await copied;
    unlimit();
    await session.query('commit');
    session.client.release();
  } catch {
    // The reader has the error already, as its stream's own, or went away and wants none.
    session.cut();
  }
}

function checkedRange(sha256: string, range: BlobRange, sizeBytes: number): { start: number; end: number } {
  const start = range.start ?? 0;
  const end = Math.min(range.end ?? sizeBytes - 1, sizeBytes - 1);
  const empty = sizeBytes === 0 && start === 0 && range.end === undefined;
  if (empty || (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end)) {
    return { start, end };
  }
  throw new CatalogError('range-invalid', `the range ${start}-${range.end ?? ''} lies outside package ${sha256}`, {
    limit: sizeBytes,
  });
}
