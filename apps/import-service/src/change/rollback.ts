import type { Catalog, StoredPackage } from '@muster/catalog';
import { isExtensionName } from '@muster/contracts';
import type { ImportPlan, ImportResult, KnownVersion, RollbackRequest, Warning } from '@muster/contracts';
import {
  changedMeanwhile,
  extensionUnknown,
  packagePurged,
  storedBytesDamaged,
  versionAmbiguous,
  versionUnknown,
} from '../problems/rollback-problems.js';
import type { Incoming } from '../rules/facts.js';
import { policyOfRollBack, ROLL_BACK, type ImportPolicy } from '../rules/import-options.js';
import { findRollbackTarget } from '../rules/rollback-target.js';
import type { UploadedZip } from '../upload/upload-file.js';
import type { Attempt } from './attempt.js';
import { describeDryRun } from './dry-run.js';
import { fetchStored } from './fetch-stored.js';
import type { HoldGate } from './hold-gate.js';
import { ImportWorkspace } from './import-workspace.js';
import type { OriginNode } from './origin-node.js';
import type { PackageLanding } from './package-landing.js';
import { reportOf } from './package-report.js';
import type { Planned } from './planned.js';
import { requireRoom } from './require-room.js';
import { sentPackage, type SentPackage } from './sent-package.js';

export interface RollbackParts {
  readonly origin: Pick<OriginNode, 'storage'>;
  readonly catalog: Catalog;
  readonly gate: HoldGate;
  readonly landing: PackageLanding;
  readonly policy: ImportPolicy;
}

interface Target {
  readonly known: KnownVersion;
  readonly stored: StoredPackage;
  readonly versions: readonly KnownVersion[];
}

/** What an import warns of, and a roll back is asked for. */
const MEANT = new Set(['downgrade', 'same-version-replaced', 'major-changed']);

/**
 * Brings an earlier package of an extension back, after a removal too, as a new revision:
 *
 *   held? → which package → plan → its zip from the catalog (hashed) → PackageLanding
 */
export class Rollback {
  constructor(private readonly parts: RollbackParts) {}

  async rollBack(name: string, request: RollbackRequest, attempt: Attempt): Promise<ImportResult> {
    const { gate, landing } = this.parts;
    attempt.clock.enter('plan');
    attempt.subject = name;
    await gate.refuseHeld();
    const target = await this.findTarget(name, request);
    attempt.sha256 = target.known.sha256;
    const known = await this.plan([incomingOf(target.stored)]);
    attempt.packages = known.verdicts.map(reportOf);
    const answer = await landing.answerWithoutChange(known, attempt);
    if (answer !== undefined) return answer;
    const plan = async (incoming: readonly SentPackage[]): Promise<Planned<SentPackage>> => {
      await this.refuseMoved(name, request, target.known);
      return this.plan(incoming);
    };
    return this.withStored(name, target, attempt, (zip, workspace) => {
      const packages = [sentPackage(zip, { ...target.stored, files: filesOf(target.stored) })];
      const purpose = `roll ${name} back to ${target.known.version}`;
      return landing.land({ packages, coming: packages, workspace, purpose, warnings: [], plan }, attempt);
    });
  }

  /** What a roll back would do, and all that is against it, a hold too; nothing is changed. */
  async dryRun(name: string, request: RollbackRequest, attempt: Attempt): Promise<ImportPlan> {
    attempt.clock.enter('plan');
    attempt.subject = name;
    const { stored } = await this.findTarget(name, request);
    const planned = await this.plan([incomingOf(stored)]);
    const packages = planned.verdicts.map(reportOf);
    return describeDryRun({ planned, holds: await this.parts.gate.reasons(), packages, only: stored });
  }

  /** The rules of an import, but for what is meant here. */
  private async plan<T extends Incoming>(incoming: readonly T[]): Promise<Planned<T>> {
    const terms = { options: ROLL_BACK, policy: policyOfRollBack(this.parts.policy) };
    const planned = await this.parts.landing.plan(incoming, terms);
    const isNews = ({ code }: Warning): boolean => !MEANT.has(code);
    return {
      ...planned,
      verdicts: planned.verdicts.map((verdict) => ({ ...verdict, warnings: verdict.warnings.filter(isNews) })),
      warnings: planned.warnings.filter(isNews),
    };
  }

  private async findTarget(name: string, request: RollbackRequest): Promise<Target> {
    if (!isExtensionName(name)) throw extensionUnknown(name);
    const { catalog } = this.parts;
    const [versions, before] = await Promise.all([catalog.versions.known(name), catalog.versions.before(name)]);
    if (versions.length === 0) throw extensionUnknown(name);
    const found = findRollbackTarget(versions, request, before);
    if (found.kind === 'unknown') throw versionUnknown(name, request, versions);
    if (found.kind === 'ambiguous') throw versionAmbiguous(name, found.candidates);
    const stored = await catalog.packages.find(found.target.sha256);
    if (stored?.hasZip !== true) throw packagePurged(name, found.target, versions);
    return { known: found.target, stored, versions };
  }

  /** "The one before" was answered for the catalog as it was: under the lock it has to mean the same package. */
  private async refuseMoved(name: string, { version, sha256 }: RollbackRequest, known: KnownVersion): Promise<void> {
    if (version !== undefined || sha256 !== undefined) return;
    if ((await this.parts.catalog.versions.before(name)) !== known.sha256) throw changedMeanwhile(name);
  }

  private async withStored<T>(
    name: string,
    { known, stored, versions }: Target,
    attempt: Attempt,
    work: (zip: UploadedZip, workspace: ImportWorkspace) => Promise<T>,
  ): Promise<T> {
    attempt.clock.enter('receive');
    const workspace = await ImportWorkspace.open(this.parts.origin.storage);
    try {
      await requireRoom(workspace.directory, stored.sizeBytes + stored.unpackedBytes);
      const { blobs } = this.parts.catalog;
      const zip = await fetchStored(blobs, known.sha256, workspace.zipFile(), attempt.asker.signal);
      if (zip === undefined) throw packagePurged(name, known, versions);
      if (zip.sha256 !== known.sha256) throw storedBytesDamaged(name, known, zip.sha256);
      return await work(zip, workspace);
    } finally {
      await workspace.remove();
      attempt.undone.push('the package was removed from staging');
    }
  }
}

function incomingOf(stored: StoredPackage): Incoming {
  return { metadata: stored.metadata, sha256: stored.sha256, files: filesOf(stored) };
}

function filesOf({ manifest }: StoredPackage): string[] {
  return manifest.files.map(({ path }) => path);
}
