import { PackageRefused, type PackageReader, type ZipOutline } from '@muster/extension-package';
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import type { ImportBudget } from '../upload/import-budget.js';
import type { UploadedZip } from '../upload/upload-file.js';
import type { ImportWorkspace } from './import-workspace.js';
import { lookAtZip } from './look-at-zip.js';
import { requireRoom } from './require-room.js';
import { sentPackage, type SentPackage, type SentPackages, type UnreadableZip } from './sent-package.js';

export interface OpenUploadsParts {
  readonly reader: PackageReader;
  readonly workspace: ImportWorkspace;
  readonly budget: ImportBudget;
  readonly signal: AbortSignal;
}

type Bundle = Extract<ZipOutline, { kind: 'bundle' }>;

/**
 * What was sent: each zip is a package, or a bundle whose zips are taken out into the workspace; no deeper than that. What
 * cannot be read is told beside the rest, so that one answer tells of all.
 *
 * @throws HttpProblem 413, 507; whatever is not the fault of a zip
 */
export async function openUploads(parts: OpenUploadsParts, uploads: readonly UploadedZip[]): Promise<SentPackages> {
  const opened = new OpenedUploads(parts, uploads.length);
  for (const [index, zip] of uploads.entries()) await opened.add(zip, index);
  return opened;
}

class OpenedUploads implements SentPackages {
  readonly packages: SentPackage[] = [];
  readonly unreadable: UnreadableZip[] = [];
  readonly leftOut: string[] = [];

  constructor(
    private readonly parts: OpenUploadsParts,
    /** Packages that are known to come, bundles counted as one until they are opened. */
    private count: number,
  ) {}

  async add(zip: UploadedZip, index: number): Promise<void> {
    await this.orUnreadable(zip, async () => {
      const outline = await lookAtZip(this.parts.reader, zip.file);
      if (outline.kind === 'package') this.take(zip, outline);
      else await this.unbundle(zip, outline, index);
    });
  }

  private take(zip: UploadedZip, outline: Extract<ZipOutline, { kind: 'package' }>): void {
    this.parts.budget.spendUnpacked(outline.unpackedBytes);
    this.packages.push(sentPackage(zip, outline));
  }

  private async unbundle(outer: UploadedZip, { members, others, unpackedBytes }: Bundle, index: number): Promise<void> {
    const { reader, workspace, budget, signal } = this.parts;
    this.count += members.length - 1;
    budget.refuseMorePackages(this.count);
    // They take the place of the zip that they came in.
    budget.spendBytes(unpackedBytes - outer.sizeBytes);
    await requireRoom(workspace.directory, unpackedBytes);
    const directory = workspace.bundleDirectory(index);
    const files = await reader.unbundle(outer.file, directory, signal);
    await unlink(outer.file);
    const within = (name: string): string => (outer.name === undefined ? name : `${outer.name}/${name}`);
    this.leftOut.push(...others.map(within));
    for (const { path: name, size, sha256 } of files) {
      await this.addInner({ file: path.join(directory, name), sha256, sizeBytes: size, name: within(name) });
    }
  }

  private async addInner(zip: UploadedZip): Promise<void> {
    await this.orUnreadable(zip, async () => {
      const outline = await lookAtZip(this.parts.reader, zip.file);
      if (outline.kind === 'bundle') throw nested();
      this.take(zip, outline);
    });
  }

  private async orUnreadable(zip: UploadedZip, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof PackageRefused)) throw error;
      this.unreadable.push({ zip, refused: error });
    }
  }
}

function nested(): PackageRefused {
  return new PackageRefused('bundle-nested', 'a bundle holds packages, and this is a bundle inside of one', {
    remedy: 'Put its packages into the outer zip, or import it by itself.',
  });
}
