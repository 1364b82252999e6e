import { PackageRefused, quoted } from '../package-refused.js';
import type { RefusalCode } from '../package-refused.js';
import type { PackageLimits } from '../package-reader.js';
import type { DirectoryRecord } from './directory-reader.js';
import { readEntryName } from './entry-name.js';
import { readExtraFields, readZip64, UNICODE_PATH_FIELD } from './extra-fields.js';
import type { ExtraField } from './extra-fields.js';

/** One entry as the central directory describes it, found acceptable by itself. */
export interface ArchiveEntry {
  /** With `/`, without a trailing one. */
  readonly path: string;
  readonly isDirectory: boolean;
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: 0 | 8;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
  /** For messages: its name, quoted and escaped. */
  readonly shown: string;
}

export const FLAG_DESCRIPTOR = 0x0008;
export const FLAG_UTF8 = 0x0800;
const FLAG_ENCRYPTED = 0x0001;
const FLAG_STRONG_ENCRYPTION = 0x0040;
const FLAG_MASKED = 0x2000;
/** Compression options, data descriptor, UTF-8. */
const FLAGS_KNOWN = 0x0006 | FLAG_DESCRIPTOR | FLAG_UTF8;

const KIND_MASK = 0o170000;
const KIND_DIRECTORY = 0o040000;
const KIND_SYMLINK = 0o120000;
/** Pipe, character device, block device, socket. What is none of these and no link is no kind at all. */
const KINDS_SPECIAL = new Set([0o010000, 0o020000, 0o060000, 0o140000]);
const DOS_DIRECTORY = 0x10;

const REBUILD = 'Build the zip again with an ordinary tool.';

/** Judges one entry of the central directory: name, kind, method, flags and sizes. */
export function readArchiveEntry({ entry, numbers, disk }: DirectoryRecord, limits: PackageLimits): ArchiveEntry {
  const rawName = Buffer.from(entry.fileNameRaw);
  const { path, isDirectory } = readEntryName(rawName, limits);
  const shown = quoted(path);
  const fields = readExtraFields(entry.extraFieldRaw, shown);
  requireSameName(rawName, fields, shown);
  requireKind(entry.externalFileAttributes, isDirectory, shown);
  requireFlags(entry.generalPurposeBitFlag, entry.compressionMethod, shown);
  if (disk !== 0)
    throw refuse('split-archive', `${shown} lies on part ${disk} of a split zip`, 'Join the parts into one zip.');
  const method = entry.compressionMethod;
  if (method !== 0 && method !== 8) {
    throw refuse(
      'method-unsupported',
      `${shown} is packed by method ${method}`,
      'Pack with deflate, as every ordinary tool does.',
    );
  }
  const [size = 0, compressedSize = 0, offset = 0] = readZip64(numbers, fields, shown, false);
  const found = {
    path,
    isDirectory,
    rawName,
    flags: entry.generalPurposeBitFlag,
    method,
    crc: entry.crc32,
    compressedSize,
    size,
    offset,
    shown,
  } as const;
  requireSizes(found, limits);
  return found;
}

/** Info-ZIP's unicode path replaces the name in some readers: it must be the same name. */
export function requireSameName(rawName: Buffer, fields: readonly ExtraField[], shown: string): void {
  for (const { id, data } of fields) {
    if (id !== UNICODE_PATH_FIELD || rawName.equals(data.subarray(5))) continue;
    throw refuse(
      'header-mismatch',
      `${shown} has a second, different name: ${quoted(data.subarray(5).toString('utf8'))}`,
    );
  }
}

function requireKind(attributes: number, isDirectory: boolean, shown: string): void {
  const kind = (attributes >>> 16) & KIND_MASK;
  if (kind === KIND_SYMLINK)
    throw refuse('symlink', `${shown} is a symbolic link`, 'Pack the file itself in place of the link.');
  if (KINDS_SPECIAL.has(kind)) {
    throw refuse(
      'special-file',
      `${shown} is a device, pipe or socket (mode ${kind.toString(8)})`,
      'Pack files and directories only.',
    );
  }
  if (!isDirectory && (kind === KIND_DIRECTORY || (attributes & DOS_DIRECTORY) !== 0)) {
    throw refuse('special-file', `${shown} has the name of a file and the mode of a directory`);
  }
}

function requireFlags(flags: number, method: number, shown: string): void {
  if ((flags & (FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION | FLAG_MASKED)) !== 0 || method === 99) {
    throw refuse('encrypted', `${shown} is encrypted`, 'Pack it without a password.');
  }
  if ((flags & ~FLAGS_KNOWN) === 0) return;
  throw refuse('flags-unsupported', `${shown} has the flags 0x${flags.toString(16)}, which no extension package needs`);
}

type Sized = Pick<ArchiveEntry, 'shown' | 'size' | 'compressedSize' | 'method' | 'isDirectory'>;

function requireSizes({ shown, size, compressedSize, method, isDirectory }: Sized, limits: PackageLimits): void {
  if (size > limits.maxEntryBytes) {
    throw new PackageRefused('entry-too-large', `${shown} would have ${size} bytes`, {
      limit: limits.maxEntryBytes,
      actual: size,
      remedy: 'Make the file smaller, or raise MUSTER_MAX_ENTRY_BYTES.',
    });
  }
  if (isDirectory && size !== 0)
    throw refuse('directory-with-data', `${shown} is a directory, but has ${size} bytes of data`);
  if (method === 0 && size !== compressedSize) {
    throw refuse('size-mismatch', `${shown} is stored, but has ${compressedSize} bytes in the zip and ${size} outside`);
  }
}

function refuse(code: RefusalCode, detail: string, remedy = REBUILD): PackageRefused {
  return new PackageRefused(code, detail, { remedy });
}
