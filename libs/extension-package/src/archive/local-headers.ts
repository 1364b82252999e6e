import { PackageRefused } from '../package-refused.js';
import type { RefusalCode } from '../package-refused.js';
import { FLAG_DESCRIPTOR, requireSameName } from './archive-entry.js';
import type { ArchiveEntry } from './archive-entry.js';
import { readExtraFields, readZip64, ZIP64_FIELD } from './extra-fields.js';
import type { ZipWindow } from './zip-window.js';

/** An entry whose local header agrees, and whose data is known to lie inside the zip, shared with nobody. */
export interface PlacedEntry extends ArchiveEntry {
  readonly dataOffset: number;
}

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const DESCRIPTOR = 0x08074b50;
const MARKER = 0xffffffff;
const REBUILD = 'Build the zip again with an ordinary tool.';

/**
 * Compares every local header with the central one, and requires that the entries tile the file: the first begins at byte 0,
 * each next one where the one before ends, and the directory where the last ends. So there is nothing hidden between
 * them, nothing before them, and no two share bytes. Returns the entries in the order of the file.
 */
export function placeEntries(zip: ZipWindow, entries: readonly ArchiveEntry[], directoryOffset: number): PlacedEntry[] {
  const ordered = [...entries].sort((left, right) => left.offset - right.offset);
  const placed: PlacedEntry[] = [];
  let end = 0;
  ordered.forEach((entry, index) => {
    if (entry.offset + LOCAL_HEADER_BYTES > directoryOffset) {
      throw overlap(entry, entry.offset + LOCAL_HEADER_BYTES, directoryOffset);
    }
    requireTouching(entry, end, index === 0);
    const next = ordered[index + 1]?.offset ?? directoryOffset;
    const dataOffset = compareHeaders(zip, entry, directoryOffset);
    end = dataOffset + entry.compressedSize;
    if (end > next) throw overlap(entry, end, next);
    if ((entry.flags & FLAG_DESCRIPTOR) !== 0) end += compareDescriptor(zip, entry, end, next - end);
    placed.push({ ...entry, dataOffset });
  });
  if (end !== directoryOffset)
    throw gap(`${directoryOffset - end} bytes between the last entry and the central directory`);
  return placed;
}

function requireTouching(entry: ArchiveEntry, end: number, isFirst: boolean): void {
  if (entry.offset === end) return;
  if (entry.offset < end) throw overlap(entry, end, entry.offset);
  if (isFirst) {
    throw refuse(
      'prepended-data',
      `${entry.offset} bytes stand before the first entry of the zip`,
      'Remove what precedes the zip.',
    );
  }
  throw gap(`${entry.offset - end} bytes before ${entry.shown}`);
}

/** Returns where the entry's data begins. */
function compareHeaders(zip: ZipWindow, entry: ArchiveEntry, directoryOffset: number): number {
  const fixed = zip.view(entry.offset, LOCAL_HEADER_BYTES);
  if (fixed.readUInt32LE(0) !== LOCAL_HEADER)
    throw mismatch(entry, 'has no local header where the central directory says');
  const flags = fixed.readUInt16LE(6);
  const method = fixed.readUInt16LE(8);
  const crc = fixed.readUInt32LE(14);
  const compressedSize = fixed.readUInt32LE(18);
  const size = fixed.readUInt32LE(22);
  const nameLength = fixed.readUInt16LE(26);
  const extraLength = fixed.readUInt16LE(28);
  const dataOffset = entry.offset + LOCAL_HEADER_BYTES + nameLength + extraLength;
  if (dataOffset > directoryOffset) throw overlap(entry, dataOffset, directoryOffset);
  const variable = zip.view(entry.offset + LOCAL_HEADER_BYTES, nameLength + extraLength);
  const rawName = variable.subarray(0, nameLength);
  if (!rawName.equals(entry.rawName)) throw mismatch(entry, 'has another name in its local header');
  if (flags !== entry.flags)
    throw mismatch(
      entry,
      `has the flags 0x${flags.toString(16)} in its local header, 0x${entry.flags.toString(16)} in the directory`,
    );
  if (method !== entry.method)
    throw mismatch(entry, `has method ${method} in its local header, ${entry.method} in the directory`);
  const fields = readExtraFields(variable.subarray(nameLength), entry.shown);
  requireSameName(rawName, fields, entry.shown);
  const hasZip64 = fields.some(({ id }) => id === ZIP64_FIELD);
  const [wideSize = 0, wideCompressed = 0] =
    hasZip64 || size === MARKER || compressedSize === MARKER
      ? readZip64([size, compressedSize], fields, entry.shown, true)
      : [size, compressedSize];
  compareNumbers(entry, { crc, size: wideSize, compressedSize: wideCompressed });
  return dataOffset;
}

type Numbers = Pick<ArchiveEntry, 'crc' | 'size' | 'compressedSize'>;

/** With a data descriptor the local numbers may be 0, for they were not known yet; never anything else. */
function compareNumbers(entry: ArchiveEntry, local: Numbers): void {
  const streamed = (entry.flags & FLAG_DESCRIPTOR) !== 0;
  for (const field of ['crc', 'size', 'compressedSize'] as const) {
    if (local[field] === entry[field] || (streamed && local[field] === 0)) continue;
    throw mismatch(entry, `has ${WORDS[field]} ${local[field]} in its local header, ${entry[field]} in the directory`);
  }
}

const WORDS = { crc: 'the CRC-32', size: 'the size', compressedSize: 'the compressed size' } as const;

/** A data descriptor fills the room up to the next entry exactly: with or without signature, with 32 or 64-bit sizes. */
function compareDescriptor(zip: ZipWindow, entry: ArchiveEntry, at: number, room: number): number {
  const signed = room === 16 || room === 24;
  const wide = room === 20 || room === 24;
  if (!signed && !wide && room !== 12) {
    if (room < 12) throw mismatch(entry, 'lacks the data descriptor that its flags announce');
    throw gap(`${room} bytes behind ${entry.shown}, where only a data descriptor may stand`);
  }
  const bytes = zip.view(at, room);
  if (signed && bytes.readUInt32LE(0) !== DESCRIPTOR) throw mismatch(entry, 'has a wrong data descriptor');
  const start = signed ? 4 : 0;
  const crc = bytes.readUInt32LE(start);
  const compressedSize = wide ? bytes.readBigUInt64LE(start + 4) : BigInt(bytes.readUInt32LE(start + 4));
  const size = wide ? bytes.readBigUInt64LE(start + 12) : BigInt(bytes.readUInt32LE(start + 8));
  if (crc !== entry.crc || compressedSize !== BigInt(entry.compressedSize) || size !== BigInt(entry.size)) {
    throw mismatch(entry, 'has a data descriptor that contradicts the directory');
  }
  return room;
}

function mismatch(entry: ArchiveEntry, what: string): PackageRefused {
  return refuse('header-mismatch', `${entry.shown} ${what}: readers would see different files`);
}

function overlap(entry: ArchiveEntry, end: number, next: number): PackageRefused {
  return refuse(
    'overlapping-entries',
    `${entry.shown} reaches into what follows it (byte ${end}, where byte ${next} is taken)`,
  );
}

function gap(what: string): PackageRefused {
  return refuse('hidden-entries', `the zip holds ${what} that belong to no entry`);
}

function refuse(code: RefusalCode, detail: string, remedy = REBUILD): PackageRefused {
  return new PackageRefused(code, detail, { remedy });
}
