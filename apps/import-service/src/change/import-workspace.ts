import { link, copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { NodeStorage, PackageSource, StagingDirectory } from '@muster/node-storage';
import type { UploadedZip } from '../upload/upload-file.js';

/** Where one import keeps its zips and trees until they are in place, on the storage's own file system. */
export class ImportWorkspace {
  private readonly trees: StagingDirectory[] = [];

  private constructor(
    private readonly storage: NodeStorage,
    private readonly uploads: StagingDirectory,
  ) {}

  static async open(storage: NodeStorage): Promise<ImportWorkspace> {
    return new ImportWorkspace(storage, await storage.staging.create());
  }

  /** Exists, on the file system on which everything is unpacked. */
  get directory(): string {
    return this.uploads.path;
  }

  /** Where a zip goes, counted from 0; it does not exist yet. */
  zipFile(index = 0): string {
    return path.join(this.uploads.path, `upload-${index}.zip`);
  }

  /** Where the zips of a bundle go; it does not exist yet. */
  bundleDirectory(index: number): string {
    return path.join(this.uploads.path, `bundle-${index}`);
  }

  /** Where a package is unpacked; empty. */
  async newTree(): Promise<string> {
    const tree = await this.storage.staging.create();
    this.trees.push(tree);
    return tree.path;
  }

  /** Zips of this workspace as a source of their packages: the catalog does not have them yet. */
  asSource(zips: readonly UploadedZip[]): PackageSource {
    const files = new Map(zips.map(({ sha256, file }) => [sha256, file]));
    const fetch: PackageSource['fetch'] = async (wanted, file) => {
      const own = files.get(wanted);
      if (own === undefined) return false;
      await link(own, file).catch(() => copyFile(own, file));
      return true;
    };
    return { name: 'upload', fetch };
  }

  /** Takes away whatever is still there. */
  async remove(): Promise<void> {
    await Promise.all([this.uploads, ...this.trees].map((directory) => directory.remove()));
  }
}
