import { createHash } from 'node:crypto';

/** Tells a record from another one at the same offset of a topic that was made anew. */
export function fingerprint(timestamp: string, value: Buffer | null): string {
  const hash = createHash('sha256').update(timestamp);
  if (value !== null) hash.update(value);
  return hash.digest('hex').slice(0, 16);
}
