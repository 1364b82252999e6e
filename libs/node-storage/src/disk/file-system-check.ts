import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, rename, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../storage-error.js';
import { removeTree } from './remove-tree.js';
import { CHECK_PREFIX, type Layout } from './layout.js';
import { isDiskFull, messageOf } from './failure.js';
import { native } from './native.js';

const NAMES = new Map<number, string>([
  [0xef53, 'ext2/ext3/ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
  [0x2fc12fc1, 'zfs'],
  [0xf2f52010, 'f2fs'],
  [0x6969, 'nfs'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x517b, 'smb'],
  [0x4d44, 'vfat'],
  [0x2011bab0, 'exfat'],
  [0x5346544e, 'ntfs'],
  [0x7366746e, 'ntfs3'],
  [0x65735546, 'fuse'],
  [0x01021997, '9p'],
  [0x00c36400, 'ceph'],
]);

export function refusePlatform(platform: NodeJS.Platform): void {
  if (platform === 'linux' || platform === 'darwin') return;
  throw new StorageError('platform-unsupported', `a node's storage cannot be kept on ${platform}`, {
    remedy: 'run the node on Linux (macOS for development)',
  });
}

/**
 * Tries what every change rests on: a lock that excludes, a rename and an exchange between `.muster` and `extensions`.
 * Throws `file-system-unsupported`, which names the file system. `scratch` is a directory of ours below `.muster`.
 */
export async function checkFileSystem(layout: Layout, scratch: string, instance: string): Promise<void> {
  const aside = join(scratch, 'check');
  const inside = join(layout.extensions, CHECK_PREFIX + instance);
  let trying = 'lock';
  try {
    tryLocks(join(scratch, 'check.lock'));
    trying = 'rename';
    await mkdir(join(aside, 'first'), { recursive: true });
    await rename(aside, inside);
    trying = 'exchange';
    await mkdir(join(aside, 'second'), { recursive: true });
    await native.swap(aside, inside);
    const [seen] = await readdir(inside);
    if (seen !== 'second') throw new Error('the exchange left the old directory in place');
  } catch (error) {
    throw isDiskFull(error) ? error : await unsupported(layout, trying, error);
  } finally {
    await removeTree(aside);
    await removeTree(inside);
    await removeTree(join(scratch, 'check.lock'));
  }
}

/** Removes what a check left behind that was killed. */
export async function removeCheckRemains(layout: Layout, instance: string): Promise<void> {
  const path = join(layout.extensions, CHECK_PREFIX + instance);
  await removeTree(path);
}

function tryLocks(file: string): void {
  const first = openSync(file, 'a+');
  const second = openSync(file, 'a+');
  try {
    if (!native.tryLock(first)) throw new Error('a lock on a new file was refused');
    if (native.tryLock(second)) throw new Error('one file could be locked twice');
  } finally {
    closeSync(first);
    closeSync(second);
  }
}

async function unsupported(layout: Layout, trying: string, cause: unknown): Promise<StorageError> {
  const ours = await fileSystemName(layout.muster);
  const theirs = await fileSystemName(layout.extensions);
  const kind = ours === theirs ? ours : `${ours} (.muster) and ${theirs} (extensions)`;
  return new StorageError(
    'file-system-unsupported',
    `${trying} between .muster and extensions does not work on ${kind} at ${layout.root}: ${messageOf(cause)}`,
    { cause, actual: kind, remedy: 'put the whole storage on one local ext4, xfs, btrfs or tmpfs' },
  );
}

export async function fileSystemName(path: string): Promise<string> {
  const { type } = await statfs(path);
  return NAMES.get(type) ?? `file system of type 0x${type.toString(16)}`;
}
