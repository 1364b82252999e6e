import type { Catalog, Committed } from '@muster/catalog';
import type { ChangeResult, ImportResult, Warning } from '@muster/contracts';
import type { PackageReader } from '@muster/extension-package';
import { refusalOf } from '../problems/refusal.js';
import type { Incoming, Reason } from '../rules/facts.js';
import type { ImportOptions, ImportPolicy } from '../rules/import-options.js';
import { planImport, type PackageVerdict } from '../rules/plan-import.js';
import type { Attempt } from './attempt.js';
import type { ImportWorkspace } from './import-workspace.js';
import { asLandingChange } from './landing-change.js';
import type { LockedChange, NothingToDo, PlannedChange } from './locked-change.js';
import type { OriginNode } from './origin-node.js';
import { reportOf } from './package-report.js';
import type { Planned } from './planned.js';
import { PreparedPackages } from './prepared-packages.js';
import { readFacts } from './read-facts.js';
import type { SentPackage } from './sent-package.js';

export interface PackageLandingParts {
  readonly origin: OriginNode;
  readonly catalog: Catalog;
  readonly reader: PackageReader;
  readonly change: LockedChange;
}

export interface PlanTerms {
  readonly options: ImportOptions;
  readonly policy: ImportPolicy;
}

/** Packages whose zips lie in a workspace and that are to become current together. */
export interface Landing {
  readonly packages: readonly SentPackage[];
  /** Those of them that change something as things stand: they are unpacked before the lock is asked for. */
  readonly coming: readonly SentPackage[];
  readonly workspace: ImportWorkspace;
  /** Completes "who holds the lock for …". */
  readonly purpose: string;
  /** Warnings besides those of the rules. */
  readonly warnings: readonly Warning[];
  /** Asks the rules again, under the lock. */
  readonly plan: (incoming: readonly SentPackage[]) => Promise<Planned<SentPackage>>;
}

/**
 * How packages become current, wherever their bytes came from, as one revision: each is checked and unpacked while its zip goes
 * into a blob → LockedChange.
 */
export class PackageLanding {
  constructor(private readonly parts: PackageLandingParts) {}

  /** All rules over the packages and the catalog as it is now. */
  async plan<T extends Incoming>(incoming: readonly T[], { options, policy }: PlanTerms): Promise<Planned<T>> {
    const { wanted, facts } = await readFacts(
      this.parts.catalog,
      incoming.map(({ metadata }) => metadata),
    );
    const verdicts = planImport(incoming, facts, options, policy);
    return {
      verdicts,
      reasons: verdicts.flatMap((verdict) => naming(verdict, verdict.reasons, verdicts.length)),
      warnings: verdicts.flatMap(({ warnings }) => warnings),
      wanted,
      facts,
    };
  }

  /** The answer where there is nothing to do; undefined where there is. Throws every reason against it. */
  async answerWithoutChange(planned: Planned, attempt: Attempt): Promise<ImportResult | undefined> {
    if (planned.reasons.length > 0) throw refusalOf(planned.reasons);
    if (planned.verdicts.some(({ action }) => action !== undefined)) return undefined;
    // The answer says that this node has it: one that follows another history may not.
    attempt.clock.enter('origin');
    await this.parts.origin.refuseForked();
    return this.unchanged(planned);
  }

  async land(landing: Landing, attempt: Attempt): Promise<ImportResult> {
    attempt.clock.enter('check');
    const { workspace, purpose, plan } = landing;
    const prepared = new PreparedPackages(this.parts, workspace, attempt);
    for (const one of landing.coming) await prepared.prepare(one);
    let latest: Pick<Planned, 'verdicts' | 'warnings'> = { verdicts: [], warnings: [] };
    const planAgain = async (): Promise<PlannedChange | NothingToDo<ImportResult>> => {
      const planned = await plan(landing.packages.map((one) => prepared.asChecked(one)));
      latest = planned;
      attempt.packages = planned.verdicts.map(reportOf);
      if (planned.reasons.length > 0) throw refusalOf(planned.reasons);
      const coming = planned.verdicts.flatMap(({ action, incoming }) => (action === undefined ? [] : [incoming]));
      if (coming.length === 0) return { kind: 'nothing', answer: await this.unchanged(planned) };
      // What was current a moment ago, and had to be left as it is, may be gone by now.
      for (const one of coming) await prepared.prepare(one);
      return asLandingChange(planned, prepared, this.parts.catalog, attempt);
    };
    const names = prepared.names;
    return this.parts.change.run(
      {
        names,
        // Whoever had one of their entities before must have given it up on this node, too.
        needs: prepared.needs.filter((name) => !names.includes(name)),
        purpose,
        hookStep: 'deploy',
        plan: planAgain,
        answer: (committed) => ({
          ...answerOf(committed),
          warnings: [...landing.warnings, ...latest.warnings],
          packages: latest.verdicts.map(reportOf),
        }),
      },
      attempt,
    );
  }

  /** Nothing changes: the answer names the revision that brought what is there. */
  private async unchanged({ verdicts, wanted, warnings }: Planned): Promise<ImportResult> {
    const names = new Set(verdicts.map(({ incoming }) => incoming.metadata.name));
    const revisions = wanted.extensions.filter(({ name }) => names.has(name)).map((extension) => extension.revision);
    const revision = revisions.length === 0 ? wanted.revision : Math.max(...revisions);
    const chain = await this.parts.catalog.chainAt(revision);
    return {
      revision,
      chain: chain ?? wanted.chain,
      changes: [],
      warnings: [...warnings],
      packages: verdicts.map(reportOf),
    };
  }
}

/** Of several packages each reason says whose it is. */
function naming({ incoming }: PackageVerdict, reasons: readonly Reason[], packages: number): readonly Reason[] {
  if (packages < 2) return reasons;
  const { name, version } = incoming.metadata;
  const whose = `${incoming.file ?? `${name} ${version}`}: `;
  return reasons.map((reason) => ({ ...reason, detail: whose + reason.detail }));
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
