import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { contentTypeOf } from '@muster/service-kit';

/** One file of the page, in every coding in which it can be sent. */
export interface PageFile {
  readonly type: string;
  readonly etag: string;
  /** Its name contains a digest of what is in it: it never changes. */
  readonly immutable: boolean;
  readonly plain: Buffer;
  readonly gzip?: Buffer;
  readonly br?: Buffer;
}

const SMALL_BYTES = 1_024;
/** A byte saved is worth nothing to formats that are compressed already. */
const COMPRESSED = new Set(['.png', '.woff2', '.ico']);

/** The directory of the built page; undefined where it has not been built. */
export function findPage(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('@muster/dashboard/package.json');
    const directory = path.join(path.dirname(manifest), 'dist');
    return existsSync(path.join(directory, 'index.html')) ? directory : undefined;
  } catch {
    return undefined;
  }
}

/** Every file below a directory by its path with `/`, compressed once, now: the page is small and is read often. */
export function readPage(directory: string): ReadonlyMap<string, PageFile> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
  return new Map(names.map((name) => [name.split(path.sep).join('/'), readPageFile(directory, name)]));
}

function readPageFile(directory: string, name: string): PageFile {
  const plain = readFileSync(path.join(directory, name));
  const extension = path.extname(name).toLowerCase();
  const worthwhile = plain.length >= SMALL_BYTES && !COMPRESSED.has(extension);
  return {
    type: contentTypeOf(name),
    etag: `"${createHash('sha256').update(plain).digest('hex').slice(0, 32)}"`,
    immutable: name.split(path.sep)[0] === 'assets',
    plain,
    ...(worthwhile && { gzip: gzipSync(plain, { level: 9 }), br: brotli(plain) }),
  };
}

function brotli(plain: Buffer): Buffer {
  return brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
}
