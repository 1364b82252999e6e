import { MusterError } from '@muster/contracts';
import type { MusterErrorOptions } from '@muster/contracts';

/** Every reason for which a package is refused. Closed: nothing else is ever a `PackageRefused`'s code. */
export const REFUSAL_CODES = [
  // the archive as a whole
  'not-a-zip',
  'zip-too-large',
  'truncated',
  'trailing-data',
  'prepended-data',
  'several-end-records',
  'split-archive',
  'zip64-invalid',
  'directory-mismatch',
  'directory-corrupt',
  'entry-count-mismatch',
  'too-many-entries',
  'unpacked-too-large',
  'ratio-too-high',
  'archive-unreadable',
  'archive-timeout',
  // how entries lie in the archive
  'overlapping-entries',
  'hidden-entries',
  'header-mismatch',
  'encrypted',
  'method-unsupported',
  'flags-unsupported',
  'entry-too-large',
  // what entries hold
  'deflate-corrupt',
  'data-after-deflate',
  'size-mismatch',
  'crc-mismatch',
  'directory-with-data',
  // names and kinds
  'empty-name',
  'invalid-utf8',
  'control-character',
  'backslash',
  'absolute-path',
  'zip-slip',
  'path-not-normal',
  'name-too-long',
  'path-too-deep',
  'reserved-name',
  'symlink',
  'special-file',
  'duplicate-name',
  'name-collision',
  'file-is-directory',
  'reserved-file',
  // metadata.xml and the entity files
  'metadata-missing',
  'bundle-nested',
  'metadata-too-large',
  'metadata-invalid',
  'name-invalid',
  'version-invalid',
  'depends-on-invalid',
  'entity-name-invalid',
  'entity-file-too-large',
  'entity-file-invalid',
  'resource-path-invalid',
  'resource-missing',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** A package that Muster does not take: its bytes are at fault, and the same bytes are refused again. */
export class PackageRefused extends MusterError {
  declare readonly code: RefusalCode;

  constructor(code: RefusalCode, detail: string, options: MusterErrorOptions = {}) {
    super(code, detail, options);
  }
}

/** A stranger's text as a message may hold it: quoted, escaped, and cut where it is long. */
export function quoted(text: string): string {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
