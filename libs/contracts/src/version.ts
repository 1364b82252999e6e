import { z } from 'zod';

/** Longest version text, in characters. */
export const MAX_VERSION_LENGTH = 64;

const VERSION = /^\d{1,9}(?:\.\d{1,9}){0,3}$/;

/** One to four numeric parts; the text is kept as its author wrote it. */
export interface Version {
  readonly text: string;
  readonly parts: readonly number[];
}

/** The version, or undefined where the text is not one to four numeric parts. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > MAX_VERSION_LENGTH || !VERSION.test(text)) return undefined;
  return { text, parts: text.split('.').map(Number) };
}

/** Negative, zero or positive, as a sort wants it; missing parts count as 0, so `2.2` equals `2.2.0`. */
export function compareVersions(left: Version, right: Version): number {
  for (let index = 0; index < 4; index += 1) {
    const difference = (left.parts[index] ?? 0) - (right.parts[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export const versionSchema = z
  .string()
  .refine((text) => parseVersion(text) !== undefined, 'one to four numbers with dots between them, e.g. 1.0.37');
