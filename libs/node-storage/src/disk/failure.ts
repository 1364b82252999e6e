import { MusterError } from '@muster/contracts';
import { StorageError } from '../storage-error.js';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether the disk is full, however deep in the causes that lies. */
export function isDiskFull(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (FULL.has(errorCode(cause) ?? '')) return true;
  }
  return false;
}

/** Any failure as one with a code: a full disk is told from the rest. */
export function toMusterError(error: unknown, doing: string): MusterError {
  if (isDiskFull(error)) {
    return new StorageError('disk-full', `no space left on the storage's file system while ${doing}`, {
      cause: error,
      remedy: 'free space on the file system of the storage; it is tried again by itself',
    });
  }
  if (error instanceof MusterError) return error;
  return new StorageError('step-failed', `${doing}: ${messageOf(error)}`, { cause: error });
}
