import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isExtensionName } from '@muster/contracts';
import { isDeployed, type DeployedMark } from './deployed-mark.js';
import { errorCode } from './disk/failure.js';
import type { NodeStorage } from './node-storage.js';

/** One file that stands on this node, open. */
export interface InstalledFile {
  readonly sizeBytes: number;
  /** Other bytes have another tag: a file is never changed in its place, its directory is exchanged. */
  readonly tag: string;
  read(offset: number, lengthBytes: number): Readable;
}

/** What opening a file may meet where nothing that can be served stands under a name. */
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'ENXIO']);
/** A pipe that somebody put there must not hold the opening up; a link that comes last is not followed. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The files of what is installed on this node, for reading: below one directory of an extension, links refused. */
export class InstalledFiles {
  constructor(private readonly storage: Pick<NodeStorage, 'extensionsPath' | 'marks'>) {}

  /**
   * Opens a file for the time of the work. Undefined where the extension is not installed here, or no such regular file stands
   * in it. `segments` are a stranger's: names of directories below the extension, and of the file.
   */
  async withFile<T>(
    name: string,
    segments: readonly string[],
    work: (file: InstalledFile) => Promise<T>,
  ): Promise<T | undefined> {
    if (!isExtensionName(name) || segments.length === 0 || !segments.every(isPlain)) return undefined;
    if (!stands(await this.storage.marks.read(name))) return undefined;
    const handle = await this.openBelow([name, ...segments]);
    if (handle === undefined) return undefined;
    try {
      const stat = await handle.stat({ bigint: true });
      if (!stat.isFile()) return undefined;
      return await work({
        sizeBytes: Number(stat.size),
        tag: `${stat.size.toString(36)}-${stat.mtimeNs.toString(36)}-${stat.ino.toString(36)}`,
        read: (start, length) =>
          handle.createReadStream({ start, end: Math.max(start, start + length - 1), autoClose: false }),
      });
    } finally {
      await handle.close();
    }
  }

  /** A path whose real place is another one leads over a link. */
  private async openBelow(segments: readonly string[]): Promise<FileHandle | undefined> {
    try {
      const wanted = join(await realpath(this.storage.extensionsPath), ...segments);
      if ((await realpath(wanted)) !== wanted) return undefined;
      return await open(wanted, FLAGS);
    } catch (error) {
      if (NOT_THERE.has(errorCode(error) ?? '')) return undefined;
      throw error;
    }
  }
}

function isPlain(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..' && !/[/\\\0]/.test(segment);
}

/** While an upgrade takes its place, the old or the new version stands, whole. */
function stands(mark: DeployedMark | undefined): boolean {
  return isDeployed(mark) || (mark?.state === 'installing' && isDeployed(mark.previous));
}
