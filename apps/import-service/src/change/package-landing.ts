import type { Catalog, Committed, DraftInstall } from '@muster/catalog';
import type { ChangeResult, ImportResult, Warning } from '@muster/contracts';
import type { PackageReader } from '@muster/extension-package';
import { randomUUID } from 'node:crypto';
import { refusalOf } from '../problems/refusal.js';
import { acceptedUnmet } from '../rules/dependency-rule.js';
import type { CatalogFacts, Incoming } from '../rules/facts.js';
import { planImport, type ImportVerdict } from '../rules/plan-import.js';
import type { UploadedZip } from '../upload/upload-file.js';
import type { Attempt } from './attempt.js';
import type { ImportWorkspace } from './import-workspace.js';
import type { LockedChange, NothingToDo, PlannedChange } from './locked-change.js';
import type { OriginNode } from './origin-node.js';
import { preparePackage, type PreparedPackage } from './prepare-package.js';
import { readFacts } from './read-facts.js';
import { withPackage } from './wanted-after.js';

export interface PackageLandingParts {
  readonly origin: OriginNode;
  readonly catalog: Catalog;
  readonly reader: PackageReader;
  readonly change: LockedChange;
}

/** What the rules say, and the state of the catalog that they were asked about. */
export interface Planned extends ImportVerdict {
  readonly wanted: Awaited<ReturnType<typeof readFacts>>['wanted'];
  readonly facts: CatalogFacts;
}

/** A zip that lies in a workspace and is to become current. */
export interface Landing {
  readonly zip: UploadedZip;
  readonly workspace: ImportWorkspace;
  /** Completes "who holds the lock for …". */
  readonly purpose: (metadata: Incoming['metadata']) => string;
  /** Asks the rules again, under the lock. */
  readonly plan: (incoming: Incoming) => Promise<Planned>;
}

/** How a package becomes current, wherever its bytes came from: check and unpack, its zip into a blob → LockedChange. */
export class PackageLanding {
  constructor(private readonly parts: PackageLandingParts) {}

  /** All rules over one package and the catalog as it is now. */
  async plan(incoming: Incoming, options: Parameters<typeof planImport>[2]): Promise<Planned> {
    const { wanted, facts } = await readFacts(this.parts.catalog, incoming.metadata);
    return { ...planImport(incoming, facts, options), wanted, facts };
  }

  /** The answer where these bytes are current already; undefined where there is something to do. Throws every reason against it. */
  async answerWithoutChange(planned: Planned, attempt: Attempt): Promise<ImportResult | undefined> {
    if (planned.reasons.length > 0) throw refusalOf(planned.reasons);
    if (planned.action !== undefined) return undefined;
    // The answer says that this node has it: one that follows another history may not.
    attempt.clock.enter('origin');
    await this.parts.origin.refuseForked();
    return this.unchanged(planned);
  }

  async land({ zip, workspace, purpose, plan }: Landing, attempt: Attempt): Promise<ImportResult> {
    attempt.clock.enter('check');
    const prepared = await preparePackage(this.parts, zip, workspace.treeDirectory, attempt.asker.signal);
    const { metadata, sha256 } = prepared.package;
    let warnings: readonly Warning[] = [];
    const planAgain = async (): Promise<PlannedChange | NothingToDo<ImportResult>> => {
      const planned = await plan({ metadata, sha256 });
      warnings = planned.warnings;
      if (planned.reasons.length > 0) throw refusalOf(planned.reasons);
      if (planned.action === undefined) return { kind: 'nothing', answer: await this.unchanged(planned) };
      return this.asChange(planned.action, planned, prepared, workspace, attempt);
    };
    // Whoever had one of its entities before must have given it up on this node, too.
    const formerOwners = await this.parts.catalog.entities.formerOwners(metadata.name, metadata.entities);
    return this.parts.change.run(
      {
        name: metadata.name,
        needs: [...metadata.dependsOn.map(({ name }) => name), ...formerOwners],
        purpose: purpose(metadata),
        hookStep: 'deploy',
        plan: planAgain,
        answer: (committed) => ({ ...answerOf(committed), warnings: [...warnings] }),
      },
      attempt,
    );
  }

  /** Exactly these bytes are current: the answer names the revision that brought them. */
  private async unchanged({ current, wanted, warnings }: Planned): Promise<ImportResult> {
    const revision = wanted.extensions.find(({ name }) => name === current?.name)?.revision ?? wanted.revision;
    const chain = await this.parts.catalog.chainAt(revision);
    return { revision, chain: chain ?? wanted.chain, changes: [], warnings: [...warnings] };
  }

  private asChange(
    action: DraftInstall['action'],
    { wanted, facts, current }: Planned,
    { package: next, contents }: PreparedPackage,
    workspace: ImportWorkspace,
    { asker, traceparent }: Attempt,
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
        ...(traceparent !== undefined && { traceparent }),
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
