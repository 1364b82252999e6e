import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';

const MIB = 1024 * 1024;

/** A file system of 48 MB; only root can mount one. */
export class SmallDisk {
  private constructor(readonly directory: string) {}

  static async mount(): Promise<SmallDisk | undefined> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
    const directory = await temporaryDirectory('small');
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', directory]);
    return status === 0 ? new SmallDisk(directory) : undefined;
  }

  async fill(): Promise<void> {
    const { bavail, bsize } = await statfs(this.directory);
    writeFileSync(this.filler, Buffer.alloc(bavail * bsize - MIB));
  }

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
