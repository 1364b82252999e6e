import { PackageRefused, quoted } from '../package-refused.js';
import type { RefusalCode } from '../package-refused.js';
import type { PackageLimits } from '../package-reader.js';

/** A name that is safe to join to a directory on any system. */
export interface EntryName {
  /** With `/`, without a trailing one. */
  readonly path: string;
  readonly isDirectory: boolean;
}

type NameLimits = Pick<PackageLimits, 'maxNameBytes' | 'maxComponentBytes' | 'maxDepth'>;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Control characters, line separators, and those that turn or hide text. */
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** Windows keeps these for devices, whatever suffix follows. */
const DEVICE =
  /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$)[ ]*(?:\.|$)/i;

const RENAME = 'Rename the file in the package.';

/**
 * The name of an entry, or a refusal. Judged by its raw bytes, segment by segment, before anything is joined; nothing is
 * decoded, turned or cut to make a bad name good.
 */
export function readEntryName(raw: Buffer, limits: NameLimits): EntryName {
  if (raw.length === 0) throw refuse('empty-name', 'an entry of the zip has no name');
  if (raw.length > limits.maxNameBytes) {
    throw tooLong(
      `the name ${quoted(raw.toString('latin1'))}`,
      limits.maxNameBytes,
      raw.length,
      'MUSTER_MAX_NAME_BYTES',
    );
  }
  const text = decode(raw);
  const shown = quoted(text);
  if (UNSEEN.test(text))
    throw refuse('control-character', `the name ${shown} holds a control character or one that hides or turns text`);
  if (text.includes('\\'))
    throw refuse('backslash', `the name ${shown} holds a backslash; zips separate directories by "/"`);
  if (text.startsWith('/') || /^[A-Za-z]:/.test(text))
    throw refuse('absolute-path', `the name ${shown} is an absolute path`);
  const isDirectory = text.endsWith('/');
  const path = isDirectory ? text.slice(0, -1) : text;
  checkSegments(path.split('/'), shown, limits);
  return { path, isDirectory };
}

function decode(raw: Buffer): string {
  try {
    return utf8.decode(raw);
  } catch {
    throw refuse('invalid-utf8', `the name ${quoted(raw.toString('latin1'))} is not valid UTF-8`);
  }
}

function checkSegments(segments: readonly string[], shown: string, limits: NameLimits): void {
  if (segments.includes('..')) throw refuse('zip-slip', `the name ${shown} leads out of the package by ".."`);
  if (segments.some((segment) => segment === '' || segment === '.')) {
    throw refuse('path-not-normal', `the name ${shown} holds an empty segment or "."`);
  }
  if (segments.length > limits.maxDepth) {
    throw new PackageRefused('path-too-deep', `the name ${shown} has ${segments.length} levels`, {
      limit: limits.maxDepth,
      actual: segments.length,
      remedy: 'Pack it less deep, or raise MUSTER_MAX_DEPTH.',
    });
  }
  for (const segment of segments) checkSegment(segment, shown, limits);
}

function checkSegment(segment: string, shown: string, limits: NameLimits): void {
  const bytes = Buffer.byteLength(segment);
  if (bytes > limits.maxComponentBytes) {
    throw tooLong(`a part of the name ${shown}`, limits.maxComponentBytes, bytes, 'MUSTER_MAX_COMPONENT_BYTES');
  }
  if (segment.includes(':'))
    throw refuse('reserved-name', `the name ${shown} holds a colon, which Windows keeps for drives and streams`);
  if (/[. ]$/.test(segment))
    throw refuse('reserved-name', `a part of the name ${shown} ends with a dot or blank, which Windows drops`);
  if (DEVICE.test(segment))
    throw refuse('reserved-name', `the name ${shown} holds the Windows device name ${quoted(segment)}`);
}

/** Two paths with one key are one file wherever case or Unicode form is folded. */
export function pathKey(path: string): string {
  // eslint-disable-next-line no-control-regex
  if (/^[\u0000-\u007f]*$/.test(path)) return path.toLowerCase();
  return path.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

function tooLong(what: string, limit: number, actual: number, variable: string): PackageRefused {
  return new PackageRefused('name-too-long', `${what} has ${actual} bytes`, {
    limit,
    actual,
    remedy: `${RENAME} Or raise ${variable}.`,
  });
}

function refuse(code: RefusalCode, detail: string): PackageRefused {
  return new PackageRefused(code, detail, { remedy: RENAME });
}
