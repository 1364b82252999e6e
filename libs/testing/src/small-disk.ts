import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from './temporary-directory.js';

const MIB = 1024 * 1024;

/** A file system of its own, small enough to be filled; needs root and tmpfs. */
export class SmallDisk {
  private constructor(readonly directory: string) {}

  /** Whether this user may mount at all. */
  static async canMount(): Promise<boolean> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
    const disk = await SmallDisk.mount(1).catch(() => undefined);
    disk?.unmount();
    return disk !== undefined;
  }

  static async mount(sizeMegabytes: number): Promise<SmallDisk> {
    const directory = await temporaryDirectory('small-disk');
    const options = `size=${sizeMegabytes}m`;
    const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
    if (status !== 0) throw new Error(`${directory} cannot be mounted: ${stderr.toString()}`);
    return new SmallDisk(directory);
  }

  grow(sizeMegabytes: number): void {
    const { status, stderr } = spawnSync('mount', ['-o', `remount,size=${sizeMegabytes}m`, this.directory]);
    if (status !== 0) throw new Error(`${this.directory} cannot be enlarged: ${stderr.toString()}`);
  }

  /** Leaves 1 MiB. */
  async fill(): Promise<void> {
    const { bavail, bsize } = await statfs(this.directory);
    writeFileSync(this.filler, Buffer.alloc(bavail * bsize - MIB));
  }

  /** Takes away what filled it. */
  empty(): void {
    rmSync(this.filler, { force: true });
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.directory]);
  }

  private get filler(): string {
    return path.join(this.directory, 'filler');
  }
}
