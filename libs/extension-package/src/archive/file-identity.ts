import { fstatSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';

/**
 * Tells one state of one file from any other, as far as a stat can: another file, another length, and any later write, for
 * nobody can set the change time back. Two writes inside one tick of the file system's clock (some ms) look alike.
 */
export type FileIdentity = string;

export function identityOfDescriptor(fd: number): FileIdentity {
  return identityOf(fstatSync(fd, { bigint: true }));
}

/** Undefined where the path leads to nothing. */
export function identityOfPath(path: string): FileIdentity | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && identityOf(stats);
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileIdentity {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}
