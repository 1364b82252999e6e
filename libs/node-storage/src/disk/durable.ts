import { randomUUID } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from './failure.js';

/** Makes renames and removals in a directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * Replaces a small file: whole and durable, or not at all. The new one is written in `temporary`, a directory on the same
 * file system whose leftovers somebody removes.
 */
export async function writeDurably(file: string, text: string, temporary: string): Promise<void> {
  const written = await writeTemporary(text, temporary);
  await rename(written, file);
  await syncDirectory(dirname(file));
}

/** As `writeDurably`, but only where the file does not exist yet; false where it does. */
export async function createDurably(file: string, text: string, temporary: string): Promise<boolean> {
  const written = await writeTemporary(text, temporary);
  try {
    await link(written, file);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(written);
  }
  await syncDirectory(dirname(file));
  return true;
}

async function writeTemporary(text: string, temporary: string): Promise<string> {
  const path = join(temporary, `${randomUUID()}.tmp`);
  const file = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await unlink(path);
    throw error;
  } finally {
    await file.close();
  }
  return path;
}
