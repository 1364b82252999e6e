import { MusterError } from '@muster/contracts';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const native = createRequire(import.meta.url)('fs-native-extensions') as { tryLock(descriptor: number): boolean };

/** A fresh PostgreSQL takes about 50 MB; below this, imports would fail at once. */
const LEAST_FREE_BYTES = 256 * 1024 * 1024;
const LOCK_FILE = 'local-cluster.lock';

export interface DataDirectory {
  readonly path: string;
  readonly logs: string;
  /** Lets another cluster have it. */
  release(): void;
}

/**
 * Makes the directory and takes it for this process; the kernel gives it back when the process ends, however it ends.
 *
 * @throws MusterError `data-directory-in-use`, `data-directory-unusable`, `no-space`
 */
export async function openDataDirectory(directory: string): Promise<DataDirectory> {
  const logs = path.join(directory, 'logs');
  try {
    await mkdir(logs, { recursive: true });
    await checkSpace(directory);
    const release = lock(directory);
    return { path: directory, logs, release };
  } catch (error) {
    throw explain(error, directory);
  }
}

async function checkSpace(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  if (freeBytes < LEAST_FREE_BYTES) throw noSpace(directory, freeBytes);
}

function lock(directory: string): () => void {
  const file = path.join(directory, LOCK_FILE);
  const descriptor = openSync(file, 'a+', 0o600);
  if (!native.tryLock(descriptor)) {
    closeSync(descriptor);
    const holder = readFileSync(file, 'utf8').trim();
    throw new MusterError(
      'data-directory-in-use',
      `${directory} is in use by another local cluster (pid ${holder || '?'})`,
      {
        actual: holder,
        remedy: 'end that one, or choose another --data-dir',
      },
    );
  }
  ftruncateSync(descriptor);
  writeSync(descriptor, `${process.pid}\n`);
  return () => closeSync(descriptor);
}

/** A failure of the file system as one line that says what to do. */
export function explain(error: unknown, directory: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof MusterError || code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return noSpace(directory, 0, error);
  return new MusterError('data-directory-unusable', `${directory} cannot be used: ${message}`, {
    remedy: 'choose another --data-dir',
    cause: error,
  });
}

function noSpace(directory: string, freeBytes: number, cause?: unknown): MusterError {
  const mebibytes = (bytes: number): string => `${Math.floor(bytes / 1_048_576)} MiB`;
  const detail = `no disk space: ${mebibytes(freeBytes)} are free for ${directory}, ${mebibytes(LEAST_FREE_BYTES)} are needed`;
  return new MusterError('no-space', detail, {
    limit: LEAST_FREE_BYTES,
    actual: freeBytes,
    remedy: 'free some space, or choose another --data-dir',
    cause,
  });
}
