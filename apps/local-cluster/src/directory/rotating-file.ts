import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

export interface RotatingFileOptions {
  /** Size at which a new file is begun. */
  readonly maxBytes?: number;
  /** Older files that are kept: `.1` is the youngest. */
  readonly keep?: number;
}

/** A log file that is begun anew at a size. A full disk loses lines, never the process that writes them. */
export class RotatingFile {
  private descriptor: number | undefined;
  private sizeBytes = 0;
  private readonly maxBytes: number;
  private readonly keep: number;

  constructor(
    readonly path: string,
    { maxBytes = 10 * 1024 * 1024, keep = 3 }: RotatingFileOptions = {},
  ) {
    this.maxBytes = maxBytes;
    this.keep = keep;
  }

  writeLine(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    try {
      this.descriptor ??= this.open();
      if (this.sizeBytes > 0 && this.sizeBytes + bytes.length > this.maxBytes) this.descriptor = this.rotate();
      writeSync(this.descriptor, bytes);
      this.sizeBytes += bytes.length;
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT', 'EIO', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private open(): number {
    const descriptor = openSync(this.path, 'a', 0o600);
    this.sizeBytes = fstatSync(descriptor).size;
    return descriptor;
  }

  private rotate(): number {
    this.close();
    rmSync(`${this.path}.${this.keep}`, { force: true });
    for (let number = this.keep - 1; number >= 0; number -= 1) {
      const from = number === 0 ? this.path : `${this.path}.${number}`;
      try {
        renameSync(from, `${this.path}.${number + 1}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return this.open();
  }
}
