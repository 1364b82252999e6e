import type { Catalog, Committed, DraftInstall } from '@muster/catalog';
import type { ChangeResult, ImportPlan, ImportResult, Warning } from '@muster/contracts';
import type { PackageReader } from '@muster/extension-package';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { refusalOf } from '../problems/refusal.js';
import { acceptedUnmet } from '../rules/dependency-rule.js';
import type { CatalogFacts, Incoming } from '../rules/facts.js';
import { planImport, type ImportVerdict } from '../rules/plan-import.js';
import { receiveUpload } from '../upload/receive-upload.js';
import type { UploadedZip } from '../upload/upload-file.js';
import type { Attempt } from './attempt.js';
import { ImportWorkspace } from './import-workspace.js';
import { describeDryRun } from './dry-run.js';
import type { LockedChange, NothingToDo, PlannedChange } from './locked-change.js';
import type { OriginNode } from './origin-node.js';
import { preparePackage, type PreparedPackage } from './prepare-package.js';
import { readFacts } from './read-facts.js';
import { readOutline } from './read-outline.js';
import { requireRoom } from './require-room.js';
import { withPackage } from './wanted-after.js';

export interface ImporterParts {
  readonly origin: OriginNode;
  readonly catalog: Catalog;
  readonly reader: PackageReader;
  readonly change: LockedChange;
  readonly maxZipBytes: number;
}

export interface ImportOptions {
  readonly force: boolean;
}

interface Planned extends ImportVerdict {
  readonly wanted: Awaited<ReturnType<typeof readFacts>>['wanted'];
  readonly facts: CatalogFacts;
}

/**
 * An import, from the first byte of the upload to the commit. Whatever fails undoes all before it:
 *
 *   receive (to staging, hashed) → outline → plan → check and unpack, the zip into a blob meanwhile → LockedChange
 */
export class Importer {
  constructor(private readonly parts: ImporterParts) {}

  async import(request: IncomingMessage, options: ImportOptions, attempt: Attempt): Promise<ImportResult> {
    return this.withUpload(request, attempt, async (zip, workspace) => {
      attempt.clock.enter('check');
      const { metadata, unpackedBytes } = await readOutline(this.parts.reader, zip.file);
      attempt.subject = metadata.name;
      attempt.clock.enter('plan');
      const planned = await this.plan({ metadata, sha256: zip.sha256 }, options);
      if (planned.action === undefined) {
        // The answer says that this node has it: one that follows another history may not.
        attempt.clock.enter('origin');
        await this.parts.origin.refuseForked();
        return this.unchanged(planned);
      }
      if (planned.reasons.length > 0) throw refusalOf(planned.reasons);
      attempt.clock.enter('check');
      await requireRoom(workspace.treeDirectory, unpackedBytes);
      const prepared = await preparePackage(this.parts, zip, workspace.treeDirectory, attempt.asker.signal);
      return this.land(prepared, workspace, options, attempt);
    });
  }

  /** What an import of this upload would do; nothing is changed. */
  async dryRun(request: IncomingMessage, options: ImportOptions, attempt: Attempt): Promise<ImportPlan> {
    return this.withUpload(request, attempt, async (zip) => {
      attempt.clock.enter('check');
      const contents = await this.parts.reader.check(zip.file);
      attempt.subject = contents.metadata.name;
      attempt.clock.enter('plan');
      const planned = await this.plan({ metadata: contents.metadata, sha256: zip.sha256 }, options);
      return describeDryRun(contents, zip, planned, planned.wanted.revision);
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

  private async plan(incoming: Incoming, options: ImportOptions): Promise<Planned> {
    const { wanted, facts } = await readFacts(this.parts.catalog, incoming.metadata);
    return { ...planImport(incoming, facts, options), wanted, facts };
  }

  /** Exactly these bytes are current: the answer names the revision that brought them. */
  private async unchanged({ current, wanted, warnings }: Planned): Promise<ImportResult> {
    const revision = wanted.extensions.find(({ name }) => name === current?.name)?.revision ?? wanted.revision;
    const chain = await this.parts.catalog.chainAt(revision);
    return { revision, chain: chain ?? wanted.chain, changes: [], warnings: [...warnings] };
  }

  private async land(
    prepared: PreparedPackage,
    workspace: ImportWorkspace,
    options: ImportOptions,
    attempt: Attempt,
  ): Promise<ImportResult> {
    const { metadata } = prepared.package;
    let warnings: readonly Warning[] = [];
    const plan = async (): Promise<PlannedChange | NothingToDo<ImportResult>> => {
      const planned = await this.plan({ metadata, sha256: prepared.package.sha256 }, options);
      warnings = planned.warnings;
      if (planned.action === undefined) return { kind: 'nothing', answer: await this.unchanged(planned) };
      if (planned.reasons.length > 0) throw refusalOf(planned.reasons);
      return this.asChange(planned.action, planned, prepared, workspace, attempt);
    };
    // Whoever had one of its entities before must have given it up on this node, too.
    const formerOwners = await this.parts.catalog.entities.formerOwners(metadata.name, metadata.entities);
    return this.parts.change.run(
      {
        name: metadata.name,
        needs: [...metadata.dependsOn.map(({ name }) => name), ...formerOwners],
        purpose: `import ${metadata.name} ${metadata.version}`,
        hookStep: 'deploy',
        plan,
        answer: (committed) => ({ ...answerOf(committed), warnings: [...warnings] }),
      },
      attempt,
    );
  }

  private asChange(
    action: DraftInstall['action'],
    { wanted, facts, current }: Planned,
    { package: next, contents }: PreparedPackage,
    workspace: ImportWorkspace,
    { asker }: Attempt,
  ): PlannedChange {
    const { catalog } = this.parts;
    const expected = current?.sha256 ?? null;
    return {
      kind: 'change',
      expected,
      wanted: withPackage(wanted, next),
      draft: {
        importId: randomUUID(),
        actor: asker.actor,
        ...(asker.traceparent !== undefined && { traceparent: asker.traceparent }),
        changes: [{ action, package: next, expected }],
        acceptUnmet: acceptedUnmet(next, facts),
      },
      apply: {
        staged: [{ sha256: next.sha256, directory: workspace.treeDirectory, contents }],
        sources: [workspace.asSource(next.sha256), catalog.blobs],
        catalog: {
          manifest: (sha256) => (sha256 === next.sha256 ? Promise.resolve(next.manifest) : catalog.manifest(sha256)),
        },
      },
    };
  }
}

/** What the answer tells of a commit. */
export function answerOf({ revision, chain, changes }: Committed): Omit<ImportResult, 'warnings'> {
  return {
    revision,
    chain,
    changes: changes.map(({ action, extension, version, previousVersion, sha256 }): ChangeResult => ({
      action,
      extension,
      version,
      ...(previousVersion !== undefined && { previousVersion }),
      sha256,
    })),
  };
}
