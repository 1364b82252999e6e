import type { PackageLimits } from '../package-reader.js';
import { PackageRefused } from '../package-refused.js';
import type { ZipWindow } from './zip-window.js';

/** Where the central directory lies, after every field of the end records has been found to agree with the file. */
export interface DirectoryPlace {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly entries: number;
}

const END = 0x06054b50;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_RECORD = 0x06064b50;
const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const ZIP64_RECORD_BYTES = 56;
const CENTRAL_HEADER_BYTES = 46;
const MAX_COMMENT_BYTES = 0xffff;
/** The directory is held in memory while it is read. */
const MAX_DIRECTORY_BYTES = 32 * 1024 * 1024;

const REBUILD = 'Build the zip again with an ordinary tool (zip, jar, Ant, Maven, Gradle).';

interface EndRecord {
  readonly at: number;
  readonly disk: number;
  readonly directoryDisk: number;
  readonly diskEntries: bigint;
  readonly entries: bigint;
  readonly directorySize: bigint;
  readonly directoryOffset: bigint;
}

/**
 * Reads the end records and believes none of their numbers before it fits: the directory must end exactly where the end
 * records begin, and the end record's comment exactly where the file ends. Numbers are compared as 64-bit integers, so that
 * an offset above 2^53 is a refusal here and never reaches a `read`.
 */
export function locateDirectory(zip: ZipWindow, limits: PackageLimits): DirectoryPlace {
  if (zip.sizeBytes > limits.maxZipBytes) {
    throw new PackageRefused('zip-too-large', `the zip has ${zip.sizeBytes} bytes`, {
      limit: limits.maxZipBytes,
      actual: zip.sizeBytes,
      remedy: 'Make the package smaller, or raise MUSTER_MAX_ZIP_BYTES.',
    });
  }
  const end = readEnd(zip);
  const zip64 = readZip64(zip, end);
  const place = zip64 ?? end;
  if (place.disk !== 0 || place.directoryDisk !== 0) {
    throw refuse(
      'split-archive',
      `the zip is one part of several (disk ${place.disk})`,
      'Join the parts into one zip.',
    );
  }
  if (place.diskEntries !== place.entries) {
    throw refuse(
      'entry-count-mismatch',
      `the end record counts ${place.diskEntries} entries on this disk and ${place.entries} in all`,
    );
  }
  requireRoom(place, limits);
  if (place.directoryOffset + place.directorySize !== BigInt(place.at)) throw misplaced(zip, place);
  return {
    offset: Number(place.directoryOffset),
    sizeBytes: Number(place.directorySize),
    entries: Number(place.entries),
  };
}

function readEnd(zip: ZipWindow): EndRecord {
  const tailBytes = Math.min(zip.sizeBytes, END_BYTES + MAX_COMMENT_BYTES);
  const tailStart = zip.sizeBytes - tailBytes;
  const tail = zip.view(tailStart, tailBytes);
  const candidates = signatures(tail, END);
  const last = candidates[0];
  if (last === undefined) throw noEnd(zip);
  const rest = (at: number): number => tailBytes - at - END_BYTES - tail.readUInt16LE(at + 20);
  if (candidates.slice(1).some((at) => rest(at) === 0)) {
    throw refuse(
      'several-end-records',
      'the zip has an end record inside the comment of another: readers would disagree on what it holds',
    );
  }
  if (rest(last) > 0) {
    throw refuse(
      'trailing-data',
      `${rest(last)} bytes follow the end of the zip`,
      'Remove what follows the zip.',
      rest(last),
    );
  }
  if (rest(last) < 0) throw refuse('truncated', `the zip's comment lacks its last ${-rest(last)} bytes`);
  return {
    at: tailStart + last,
    disk: tail.readUInt16LE(last + 4),
    directoryDisk: tail.readUInt16LE(last + 6),
    diskEntries: BigInt(tail.readUInt16LE(last + 8)),
    entries: BigInt(tail.readUInt16LE(last + 10)),
    directorySize: BigInt(tail.readUInt32LE(last + 12)),
    directoryOffset: BigInt(tail.readUInt32LE(last + 16)),
  };
}

/** Places of a signature where a whole end record fits, the last first. */
function signatures(tail: Buffer, signature: number): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(signature);
  const places: number[] = [];
  let at = tail.lastIndexOf(bytes, tail.length - END_BYTES);
  while (at >= 0 && tail.length >= END_BYTES) {
    places.push(at);
    at = at === 0 ? -1 : tail.lastIndexOf(bytes, at - 1);
  }
  return places;
}

function noEnd(zip: ZipWindow): PackageRefused {
  const begins = zip.sizeBytes >= 4 && zip.view(0, 4).readUInt32LE(0) === 0x04034b50;
  if (begins)
    return refuse('truncated', 'the zip has no end record: its end is missing', 'Upload the whole file again.');
  return refuse('not-a-zip', 'the file is not a zip archive', 'Upload the extension package itself, a .zip file.');
}

/** The zip64 end record, where there is one; it must stand directly before its locator, and agree with the end record. */
function readZip64(zip: ZipWindow, end: EndRecord): EndRecord | undefined {
  const locatorAt = end.at - LOCATOR_BYTES;
  const locator = locatorAt < 0 ? undefined : Buffer.from(zip.view(locatorAt, LOCATOR_BYTES));
  if (locator?.readUInt32LE(0) !== ZIP64_LOCATOR) {
    if (!isMarked(end)) return undefined;
    throw refuse('zip64-invalid', 'the end record points to zip64 records that are not there');
  }
  const at = locatorAt - ZIP64_RECORD_BYTES;
  const located = locator.readBigUInt64LE(8);
  if (at < 0 || located !== BigInt(at)) {
    throw refuse('zip64-invalid', `the zip64 locator points to byte ${located}, where no zip64 end record can be`);
  }
  if (locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) > 1) {
    throw refuse(
      'split-archive',
      'the zip64 locator says that the zip is one part of several',
      'Join the parts into one zip.',
    );
  }
  const record = zip.view(at, ZIP64_RECORD_BYTES);
  if (record.readUInt32LE(0) !== ZIP64_RECORD || record.readBigUInt64LE(4) !== BigInt(ZIP64_RECORD_BYTES - 12)) {
    throw refuse('zip64-invalid', 'the zip64 end record is not one, or not of the known size');
  }
  return agreeing(end, {
    at,
    disk: record.readUInt32LE(16),
    directoryDisk: record.readUInt32LE(20),
    diskEntries: record.readBigUInt64LE(24),
    entries: record.readBigUInt64LE(32),
    directorySize: record.readBigUInt64LE(40),
    directoryOffset: record.readBigUInt64LE(48),
  });
}

function isMarked(end: EndRecord): boolean {
  return (
    end.entries === 0xffffn ||
    end.diskEntries === 0xffffn ||
    end.directorySize === 0xffffffffn ||
    end.directoryOffset === 0xffffffffn
  );
}

function agreeing(end: EndRecord, zip64: EndRecord): EndRecord {
  const pairs: [bigint, bigint, bigint][] = [
    [BigInt(end.disk), BigInt(zip64.disk), 0xffffn],
    [BigInt(end.directoryDisk), BigInt(zip64.directoryDisk), 0xffffn],
    [end.diskEntries, zip64.diskEntries, 0xffffn],
    [end.entries, zip64.entries, 0xffffn],
    [end.directorySize, zip64.directorySize, 0xffffffffn],
    [end.directoryOffset, zip64.directoryOffset, 0xffffffffn],
  ];
  if (pairs.every(([small, large, marker]) => small === marker || small === large)) return zip64;
  throw refuse(
    'zip64-invalid',
    'the end record and the zip64 end record disagree: readers would see different archives',
  );
}

function requireRoom(place: EndRecord, limits: PackageLimits): void {
  if (place.entries > BigInt(limits.maxEntries)) {
    throw new PackageRefused('too-many-entries', `the zip counts ${place.entries} entries`, {
      limit: limits.maxEntries,
      actual: String(place.entries),
      remedy: 'Pack fewer files, or raise MUSTER_MAX_ENTRIES.',
    });
  }
  if (place.directorySize > BigInt(MAX_DIRECTORY_BYTES)) {
    throw refuse(
      'directory-mismatch',
      `the central directory would have ${place.directorySize} bytes`,
      REBUILD,
      MAX_DIRECTORY_BYTES,
    );
  }
  if (place.directorySize < place.entries * BigInt(CENTRAL_HEADER_BYTES)) {
    throw refuse(
      'entry-count-mismatch',
      `${place.entries} entries do not fit into a central directory of ${place.directorySize} bytes`,
    );
  }
}

/** Bytes put before a zip shift its directory: the offset is short by just as many. Anything else is a lie. */
function misplaced(zip: ZipWindow, place: EndRecord): PackageRefused {
  const start = place.at - Number(place.directorySize);
  const said = place.directoryOffset;
  const shifted = start > said && start + 4 <= zip.sizeBytes && zip.view(start, 4).readUInt32LE(0) === 0x02014b50;
  if (shifted)
    return refuse(
      'prepended-data',
      `${start - Number(said)} bytes stand before the zip`,
      'Remove what precedes the zip.',
    );
  return refuse(
    'directory-mismatch',
    `the central directory would lie from byte ${said} to ${said + place.directorySize}, but must end at byte ${place.at}`,
  );
}

function refuse(code: PackageRefused['code'], detail: string, remedy = REBUILD, actual?: number): PackageRefused {
  return new PackageRefused(code, detail, { remedy, ...(actual === undefined ? {} : { actual }) });
}
