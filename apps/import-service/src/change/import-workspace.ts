import { link, copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { NodeStorage, PackageSource, StagingDirectory } from '@muster/node-storage';

/** Where one import keeps its upload and its tree until they are in place, on the storage's own file system. */
export class ImportWorkspace {
  private constructor(
    private readonly upload: StagingDirectory,
    private readonly tree: StagingDirectory,
  ) {}

  static async open(storage: NodeStorage): Promise<ImportWorkspace> {
    return new ImportWorkspace(await storage.staging.create(), await storage.staging.create());
  }

  /** Where the zip goes; it does not exist yet. */
  get zipFile(): string {
    return path.join(this.upload.path, 'upload.zip');
  }

  /** Where the package is unpacked; empty. */
  get treeDirectory(): string {
    return this.tree.path;
  }

  /** The upload as a source of its package: the catalog does not have it yet. */
  asSource(sha256: string): PackageSource {
    const fetch: PackageSource['fetch'] = async (wanted, file) => {
      if (wanted !== sha256) return false;
      await link(this.zipFile, file).catch(() => copyFile(this.zipFile, file));
      return true;
    };
    return { name: 'upload', fetch };
  }

  /** Takes away whatever is still there. */
  async remove(): Promise<void> {
    await Promise.all([this.upload.remove(), this.tree.remove()]);
  }
}
