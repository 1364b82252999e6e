import { chmod, readdir, rmdir, unlink } from 'node:fs/promises';
import { errorCode, isMissing } from './failure.js';

const SLASH = Buffer.from('/');

/**
 * Removes whatever stands at a path, following no link. Works on bytes: a stranger's file name need not be UTF-8, and a
 * directory may have lost its permissions.
 */
export async function removeTree(path: string | Buffer): Promise<void> {
  const bytes = Buffer.from(path);
  try {
    await unlink(bytes);
  } catch (error) {
    if (isMissing(error)) return;
    if (!['EISDIR', 'EPERM'].includes(errorCode(error) ?? '')) throw error;
    await removeDirectory(bytes);
  }
}

async function removeDirectory(path: Buffer): Promise<void> {
  for (const entry of await listEntries(path)) {
    const child = Buffer.concat([path, SLASH, entry.name]);
    if (entry.isDirectory()) await removeDirectory(child);
    else await removeTree(child);
  }
  await rmdir(path);
}

async function listEntries(path: Buffer) {
  const list = () => readdir(path, { withFileTypes: true, encoding: 'buffer' });
  try {
    return await list();
  } catch (error) {
    if (errorCode(error) !== 'EACCES') throw error;
    await chmod(path, 0o700);
    return await list();
  }
}
