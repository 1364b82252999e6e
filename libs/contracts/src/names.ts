import { z } from 'zod';

/** Longest extension name, in characters. It becomes a directory name and a part of `<name>.chk`. */
export const MAX_NAME_LENGTH = 128;

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9 _.-]*[A-Za-z0-9_-])?$/;

/** Device names that Windows reserves, with or without a suffix: a directory of that name cannot be read there. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$)(?:\.|$)/i;

/**
 * Whether a stranger's text may become an extension's name and so a directory. Letters, digits, blank, `_`, `.` and `-`;
 * begins with a letter or digit, ends with neither blank nor dot; no Windows device name. Real packages have blanks in
 * their names ("ThingWorx Metrices").
 */
export function isExtensionName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && NAME.test(text) && !RESERVED.test(text);
}

/** Two names with one key cannot both exist: they would be one directory on a file system that folds case. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

export const extensionNameSchema = z
  .string()
  .refine(isExtensionName, `letters, digits, blank, "_", "." and "-", at most ${MAX_NAME_LENGTH} characters`);

const NODE_ID = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})$/;

/** A node's id: chosen by the operator, unique in the cluster, at most 63 characters. */
export const nodeIdSchema = z.string().regex(NODE_ID, 'letters, digits, ".", "_" and "-", at most 63 characters');

/** Lower-case hexadecimal sha256. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');

/** A revision number: 1, 2, 3 …; 0 stands for the empty catalog before the first. */
export const revisionSchema = z.number().int().nonnegative();

/** A point in time as RFC 3339 text in UTC. */
export const timeSchema = z.iso.datetime({ offset: true });
