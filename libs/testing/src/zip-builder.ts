import { crc32, deflateRawSync } from 'node:zlib';

/** Fields of a local or central header, each of which a sample may falsify. */
export interface HeaderFields {
  readonly signature: number;
  readonly madeBy: number;
  readonly needed: number;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly name: Buffer;
  readonly extra: Buffer;
  readonly comment: Buffer;
  readonly diskStart: number;
  readonly externalAttributes: number;
  readonly offset: number;
}

/** One entry. What is not given is what an honest zip would hold. */
export interface ZipEntry {
  /** With `/`; a trailing `/` makes a directory. Bytes where the name is not to be UTF-8. */
  readonly name: string | Buffer;
  readonly data?: string | Buffer;
  /** 0 stored, 8 deflated (the default for files); another number only changes what the headers say. */
  readonly method?: number;
  /** The bytes in the archive, in place of the compressed `data`. */
  readonly raw?: Buffer;
  /** Whole `st_mode`, e.g. `0o120777` for a symbolic link. Default 0o100644 or 0o040755. */
  readonly mode?: number;
  /** Sizes and CRC follow the data, as a streaming writer does: with a signature, without, or with 64-bit sizes. */
  readonly descriptor?: 'signed' | 'bare' | 'zip64';
  /** Falsifies the descriptor. */
  readonly descriptorFields?: Partial<Pick<HeaderFields, 'signature' | 'crc' | 'compressedSize' | 'size'>>;
  /** Falsifies the local header. */
  readonly local?: Partial<HeaderFields>;
  /** Falsifies the central header. */
  readonly central?: Partial<HeaderFields>;
  /** Bytes before the local header that belong to nobody. */
  readonly gapBefore?: Buffer;
  /** Leaves the entry out of the central directory. */
  readonly unlisted?: boolean;
  /** Writes no local entry: the central header points to what was written for the entry of this index. */
  readonly sharesDataOf?: number;
}

/** Fields of the end records, each of which a sample may falsify. */
export interface EndFields {
  readonly disk: number;
  readonly directoryDisk: number;
  readonly diskEntries: number;
  readonly entries: number;
  readonly directorySize: number;
  readonly directoryOffset: number;
  readonly commentLength: number;
}

export interface Zip64Fields extends Omit<EndFields, 'commentLength' | 'directorySize' | 'directoryOffset'> {
  readonly directorySize: number | bigint;
  readonly directoryOffset: number | bigint;
  readonly recordSize: number | bigint;
  /** Where the locator says that the zip64 record is. */
  readonly recordOffset: number | bigint;
  readonly totalDisks: number;
}

export interface ZipOptions {
  readonly prepend?: Buffer;
  readonly append?: Buffer;
  readonly comment?: Buffer;
  readonly gapBeforeDirectory?: Buffer;
  readonly gapBeforeEnd?: Buffer;
  readonly end?: Partial<EndFields>;
  /** Writes a zip64 end record and its locator; the fields falsify them. */
  readonly zip64?: Partial<Zip64Fields>;
}

interface Prepared {
  readonly header: HeaderFields;
  readonly data: Buffer;
  readonly entry: ZipEntry;
}

/** A zip, byte for byte as it was asked for: good by default, with the same bytes every time, wrong where the caller says so. */
export function buildZip(entries: readonly ZipEntry[], options: ZipOptions = {}): Buffer {
  const parts: Buffer[] = [];
  let position = 0;
  const put = (...buffers: Buffer[]): void => {
    for (const buffer of buffers) {
      parts.push(buffer);
      position += buffer.length;
    }
  };
  if (options.prepend) put(options.prepend);
  const headers: HeaderFields[] = [];
  for (const entry of entries) {
    const { header, data } = prepare(entry);
    put(entry.gapBefore ?? Buffer.alloc(0));
    const offset = entry.sharesDataOf === undefined ? position : (headers[entry.sharesDataOf]?.offset ?? 0);
    headers.push({ ...header, offset });
    if (entry.sharesDataOf === undefined) put(...localEntry({ header, data, entry }));
  }
  put(options.gapBeforeDirectory ?? Buffer.alloc(0));
  const directoryOffset = position;
  const listed = entries.flatMap((entry, index) => {
    const header = headers[index];
    return entry.unlisted || header === undefined ? [] : [{ ...header, ...entry.central }];
  });
  for (const header of listed) put(centralHeader(header));
  put(options.gapBeforeEnd ?? Buffer.alloc(0));
  const honest = { entries: listed.length, directorySize: position - directoryOffset, directoryOffset };
  if (options.zip64) put(...zip64Records({ ...honest, recordOffset: position }, options.zip64));
  put(endRecord(honest, options.end ?? {}, options.comment ?? Buffer.alloc(0)), options.append ?? Buffer.alloc(0));
  return Buffer.concat(parts);
}

function prepare(entry: ZipEntry): Prepared {
  const name = Buffer.from(entry.name as string);
  const isDirectory = name.at(-1) === 0x2f;
  const plain = Buffer.from((entry.data ?? '') as string);
  const method = entry.method ?? (isDirectory || plain.length === 0 ? 0 : 8);
  const data = entry.raw ?? (method === 8 ? deflateRawSync(plain) : plain);
  const mode = entry.mode ?? (isDirectory ? 0o040755 : 0o100644);
  const header: HeaderFields = {
    signature: 0x02014b50,
    madeBy: 0x031e,
    needed: 20,
    flags: (name.some((byte) => byte > 0x7f) ? 0x800 : 0) | (entry.descriptor ? 0x8 : 0),
    method,
    crc: crc32(plain),
    compressedSize: data.length,
    size: plain.length,
    name,
    extra: Buffer.alloc(0),
    comment: Buffer.alloc(0),
    diskStart: 0,
    externalAttributes: ((mode << 16) | (isDirectory ? 0x10 : 0)) >>> 0,
    offset: 0,
  };
  return { header, data, entry };
}

function localEntry({ header, data, entry }: Prepared): Buffer[] {
  const streamed = entry.descriptor ? { crc: 0, compressedSize: 0, size: 0 } : {};
  const local = { ...header, signature: 0x04034b50, ...streamed, ...entry.local };
  const fixed = Buffer.alloc(30);
  fixed.writeUInt32LE(local.signature, 0);
  common(fixed, local, 4);
  const parts = [fixed, local.name, local.extra, data];
  if (entry.descriptor)
    parts.push(descriptor(entry.descriptor, { ...header, signature: 0x08074b50, ...entry.descriptorFields }));
  return parts;
}

/** The fields from `needed` to the length of the extra field, which both headers share. */
function common(buffer: Buffer, header: HeaderFields, at: number): void {
  buffer.writeUInt16LE(header.needed, at);
  buffer.writeUInt16LE(header.flags, at + 2);
  buffer.writeUInt16LE(header.method, at + 4);
  buffer.writeUInt32LE(0x5a210000, at + 6); // 1 January 2025, 00:00
  buffer.writeUInt32LE(header.crc, at + 10);
  buffer.writeUInt32LE(header.compressedSize, at + 14);
  buffer.writeUInt32LE(header.size, at + 18);
  buffer.writeUInt16LE(header.name.length, at + 22);
  buffer.writeUInt16LE(header.extra.length, at + 24);
}

function centralHeader(header: HeaderFields): Buffer {
  const fixed = Buffer.alloc(46);
  fixed.writeUInt32LE(header.signature, 0);
  fixed.writeUInt16LE(header.madeBy, 4);
  common(fixed, header, 6);
  fixed.writeUInt16LE(header.comment.length, 32);
  fixed.writeUInt16LE(header.diskStart, 34);
  fixed.writeUInt32LE(header.externalAttributes, 38);
  fixed.writeUInt32LE(header.offset, 42);
  return Buffer.concat([fixed, header.name, header.extra, header.comment]);
}

function descriptor(kind: 'signed' | 'bare' | 'zip64', header: HeaderFields): Buffer {
  const buffer = Buffer.alloc(24);
  let at = kind === 'bare' ? 0 : buffer.writeUInt32LE(header.signature, 0);
  at = buffer.writeUInt32LE(header.crc, at);
  if (kind === 'zip64') {
    at = buffer.writeBigUInt64LE(BigInt(header.compressedSize), at);
    at = buffer.writeBigUInt64LE(BigInt(header.size), at);
  } else {
    at = buffer.writeUInt32LE(header.compressedSize, at);
    at = buffer.writeUInt32LE(header.size, at);
  }
  return buffer.subarray(0, at);
}

type Honest = Pick<EndFields, 'entries' | 'directorySize' | 'directoryOffset'>;

function endRecord(honest: Honest, lies: Partial<EndFields>, comment: Buffer): Buffer {
  const end = {
    disk: 0,
    directoryDisk: 0,
    diskEntries: honest.entries,
    ...honest,
    commentLength: comment.length,
    ...lies,
  };
  const fixed = Buffer.alloc(22);
  fixed.writeUInt32LE(0x06054b50, 0);
  fixed.writeUInt16LE(end.disk, 4);
  fixed.writeUInt16LE(end.directoryDisk, 6);
  fixed.writeUInt16LE(end.diskEntries, 8);
  fixed.writeUInt16LE(end.entries, 10);
  fixed.writeUInt32LE(end.directorySize, 12);
  fixed.writeUInt32LE(end.directoryOffset, 16);
  fixed.writeUInt16LE(end.commentLength, 20);
  return Buffer.concat([fixed, comment]);
}

function zip64Records(honest: Honest & { recordOffset: number }, lies: Partial<Zip64Fields>): Buffer[] {
  const zip64 = {
    disk: 0,
    directoryDisk: 0,
    diskEntries: honest.entries,
    totalDisks: 1,
    recordSize: 44,
    ...honest,
    ...lies,
  };
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(BigInt(zip64.recordSize), 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeUInt32LE(zip64.disk, 16);
  record.writeUInt32LE(zip64.directoryDisk, 20);
  record.writeBigUInt64LE(BigInt(zip64.diskEntries), 24);
  record.writeBigUInt64LE(BigInt(zip64.entries), 32);
  record.writeBigUInt64LE(BigInt(zip64.directorySize), 40);
  record.writeBigUInt64LE(BigInt(zip64.directoryOffset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(zip64.recordOffset), 8);
  locator.writeUInt32LE(zip64.totalDisks, 16);
  return [record, locator];
}
