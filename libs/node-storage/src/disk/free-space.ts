import { statfs } from 'node:fs/promises';
import { StorageError } from '../storage-error.js';

export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** Throws `disk-full` unless that many bytes are free. `makeRoom` is asked first to give up that many bytes of a cache. */
export async function requireFreeSpace(
  path: string,
  neededBytes: number,
  what: string,
  makeRoom: (bytes: number) => Promise<void>,
): Promise<void> {
  let free = await freeBytes(path);
  if (free < neededBytes) {
    await makeRoom(neededBytes - free);
    free = await freeBytes(path);
  }
  if (free >= neededBytes) return;
  throw new StorageError(
    'disk-full',
    `${what} needs ${neededBytes} bytes on the storage's file system; ${free} are free`,
    {
      limit: free,
      actual: neededBytes,
      remedy: 'free space on the file system of the storage; it is tried again by itself',
    },
  );
}
