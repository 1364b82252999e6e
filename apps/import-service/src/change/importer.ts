import type { Catalog } from '@muster/catalog';
import type { ImportPlan, ImportResult } from '@muster/contracts';
import type { PackageReader } from '@muster/extension-package';
import type { IncomingMessage } from 'node:http';
import type { Incoming } from '../rules/facts.js';
import { receiveUpload } from '../upload/receive-upload.js';
import type { UploadedZip } from '../upload/upload-file.js';
import type { Attempt } from './attempt.js';
import { describeDryRun } from './dry-run.js';
import type { HoldGate } from './hold-gate.js';
import { ImportWorkspace } from './import-workspace.js';
import { mendZip } from './mend-zip.js';
import type { OriginNode } from './origin-node.js';
import type { PackageLanding } from './package-landing.js';
import { readOutline } from './read-outline.js';
import { requireRoom } from './require-room.js';

export interface ImporterParts {
  readonly origin: Pick<OriginNode, 'storage'>;
  readonly catalog: Pick<Catalog, 'blobs'>;
  readonly reader: PackageReader;
  readonly gate: HoldGate;
  readonly landing: PackageLanding;
  readonly maxZipBytes: number;
}

export interface ImportOptions {
  readonly force: boolean;
  /** Default: a version may go down. */
  readonly allowDowngrade?: boolean;
}

/**
 * An import, from the first byte of the upload to the commit. Whatever fails undoes all before it:
 *
 *   held? → receive (to staging, hashed) → outline → plan → PackageLanding
 */
export class Importer {
  constructor(private readonly parts: ImporterParts) {}

  async import(request: IncomingMessage, options: ImportOptions, attempt: Attempt): Promise<ImportResult> {
    const { catalog, gate, landing, reader } = this.parts;
    // Before a byte of it is read.
    await gate.refuseHeld();
    return this.withUpload(request, attempt, async (zip, workspace) => {
      attempt.clock.enter('check');
      const { metadata, unpackedBytes } = await readOutline(reader, zip.file);
      attempt.subject = metadata.name;
      attempt.clock.enter('plan');
      const plan = (incoming: Incoming) => landing.plan(incoming, options);
      const answer = await landing.answerWithoutChange(await plan({ metadata, sha256: zip.sha256 }), attempt);
      if (answer !== undefined) return mendZip(catalog, zip, answer, attempt.asker.signal);
      attempt.clock.enter('check');
      await requireRoom(workspace.treeDirectory, unpackedBytes);
      const purpose = ({ name, version }: Incoming['metadata']) => `import ${name} ${version}`;
      return landing.land({ zip, workspace, purpose, plan }, attempt);
    });
  }

  /** What an import of this upload would do, and all that is against it, a hold too; nothing is changed. */
  async dryRun(request: IncomingMessage, options: ImportOptions, attempt: Attempt): Promise<ImportPlan> {
    const { gate, landing, reader } = this.parts;
    return this.withUpload(request, attempt, async (zip) => {
      attempt.clock.enter('check');
      const contents = await reader.check(zip.file);
      attempt.subject = contents.metadata.name;
      attempt.clock.enter('plan');
      const { metadata } = contents;
      const planned = await landing.plan({ metadata, sha256: zip.sha256 }, options);
      return describeDryRun({ ...contents, ...zip }, planned, await gate.reasons());
    });
  }

  private async withUpload<T>(
    request: IncomingMessage,
    attempt: Attempt,
    work: (zip: UploadedZip, workspace: ImportWorkspace) => Promise<T>,
  ): Promise<T> {
    const workspace = await ImportWorkspace.open(this.parts.origin.storage);
    try {
      const zip = await receiveUpload(request, workspace.zipFile, this.parts.maxZipBytes);
      attempt.sha256 = zip.sha256;
      return await work(zip, workspace);
    } finally {
      await workspace.remove();
      attempt.undone.push('the upload was removed from staging');
    }
  }
}
