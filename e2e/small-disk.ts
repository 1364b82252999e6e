import { spawnSync } from 'node:child_process';
import { temporaryDirectory } from '@muster/testing';

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

  unmount(): void {
    spawnSync('umount', ['-l', this.directory]);
  }
}
