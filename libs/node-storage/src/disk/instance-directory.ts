import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StorageError } from '../storage-error.js';
import { isMissing } from './failure.js';
import { native } from './native.js';
import { removeTree } from './remove-tree.js';

const LOCK = 'lock';
const TRIES = 50;

/** `.muster/staging/<instance>` or `.muster/trash/<instance>`: its lock file is held while the process lives. */
export class InstanceDirectory {
  private constructor(
    readonly path: string,
    private fd: number | undefined,
  ) {}

  /** A cleaner may take a directory away between its making and its locking: then it is made again. */
  static async create(parent: string, instance: string): Promise<InstanceDirectory> {
    const path = join(parent, instance);
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      mkdirSync(path, { recursive: true });
      const fd = lockInside(path);
      if (fd !== undefined) return new InstanceDirectory(path, fd);
      await pause(10);
    }
    throw new StorageError('storage-unusable', `${path} belongs to another living process`, {
      remedy: 'give every process an instance id of its own',
    });
  }

  /** Removes the directories of processes that live no longer; returns their instance ids. */
  static async clean(parent: string): Promise<string[]> {
    const removed: string[] = [];
    for (const instance of readdirSync(parent)) {
      const path = join(parent, instance);
      const fd = lockInside(path);
      if (fd === undefined) continue;
      try {
        await removeContents(path);
        await removeTree(path);
        removed.push(instance);
      } finally {
        closeSync(fd);
      }
    }
    return removed;
  }

  /** Empties it, whatever a failed step left there. */
  async empty(): Promise<void> {
    await removeContents(this.path);
  }

  async close(): Promise<void> {
    if (this.fd === undefined) return;
    const fd = this.fd;
    this.fd = undefined;
    try {
      await removeContents(this.path);
      await removeTree(join(this.path, LOCK));
      await rmdir(this.path);
    } finally {
      closeSync(fd);
    }
  }
}

/** The lock file goes last, so that nobody takes a half removed directory for its own. */
async function removeContents(path: string): Promise<void> {
  for (const entry of readdirSync(path)) if (entry !== LOCK) await removeTree(join(path, entry));
}

/** The descriptor that holds the lock, if it could be had on the file that still stands there. */
function lockInside(path: string): number | undefined {
  const file = join(path, LOCK);
  let fd: number;
  try {
    fd = openSync(file, 'a+');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    if (native.tryLock(fd) && statSync(file).ino === fstatSync(fd).ino) return fd;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  closeSync(fd);
  return undefined;
}
