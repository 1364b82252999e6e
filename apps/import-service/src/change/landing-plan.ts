import type { Catalog, Committed } from '@muster/catalog';
import type { ChangeResult, ImportResult, Warning } from '@muster/contracts';
import { refusalOf } from '../problems/refusal.js';
import type { Attempt } from './attempt.js';
import type { ImportWorkspace } from './import-workspace.js';
import { asLandingChange } from './landing-change.js';
import type { NothingToDo, PlannedChange } from './locked-change.js';
import { reportOf } from './package-report.js';
import type { Planned } from './planned.js';
import { PreparedPackages, type PreparedPackagesParts } from './prepared-packages.js';
import type { SentPackage } from './sent-package.js';

/** Packages whose zips lie in a workspace and that are to become current together. */
export interface Landing {
  readonly packages: readonly SentPackage[];
  /** Those of them that change something as things stand: they are unpacked before anything else. */
  readonly coming: readonly SentPackage[];
  readonly workspace: ImportWorkspace;
  /** Completes "who holds the lock for …". */
  readonly purpose: string;
  /** Warnings besides those of the rules. */
  readonly warnings: readonly Warning[];
  /** Asks the rules again. */
  readonly plan: (incoming: readonly SentPackage[]) => Promise<Planned<SentPackage>>;
}

export interface LandingPlanParts {
  readonly catalog: Catalog;
  readonly reader: PreparedPackagesParts['reader'];
}

/** Packages that were checked, unpacked and stored, and what the rules said of them last. */
export class LandingPlan {
  private latest: Pick<Planned, 'verdicts' | 'warnings'> = { verdicts: [], warnings: [] };

  private constructor(
    private readonly catalog: Catalog,
    readonly landing: Landing,
    readonly prepared: PreparedPackages,
    private readonly attempt: Attempt,
  ) {}

  static async prepare(parts: LandingPlanParts, landing: Landing, attempt: Attempt): Promise<LandingPlan> {
    attempt.clock.enter('check');
    const prepared = new PreparedPackages(parts, landing.workspace, attempt);
    for (const one of landing.coming) await prepared.prepare(one);
    return new LandingPlan(parts.catalog, landing, prepared, attempt);
  }

  /** Against the catalog as it is now. Throws every reason against it. */
  async make(): Promise<PlannedChange | NothingToDo<ImportResult>> {
    const { landing, prepared, attempt, catalog } = this;
    const planned = await landing.plan(landing.packages.map((one) => prepared.asChecked(one)));
    this.latest = planned;
    attempt.packages = planned.verdicts.map(reportOf);
    if (planned.reasons.length > 0) throw refusalOf(planned.reasons);
    const coming = planned.verdicts.flatMap(({ action, incoming }) => (action === undefined ? [] : [incoming]));
    if (coming.length === 0) return { kind: 'nothing', answer: await unchanged(catalog, planned) };
    // What was current a moment ago, and had to be left as it is, may be gone by now.
    for (const one of coming) await prepared.prepare(one);
    return asLandingChange(planned, prepared, catalog, attempt);
  }

  /** The changes as the plan made last tells them. */
  get changes(): ChangeResult[] {
    return this.latest.verdicts.flatMap(({ change }) => change ?? []);
  }

  /** The answer once it was committed as it was planned last. */
  answer(committed: Committed): ImportResult {
    const { verdicts, warnings } = this.latest;
    return {
      ...answerOf(committed),
      warnings: [...this.landing.warnings, ...warnings],
      packages: verdicts.map(reportOf),
    };
  }
}

/** Nothing changes: the answer names the revision that brought what is there. */
export async function unchanged(
  catalog: Pick<Catalog, 'chainAt'>,
  { verdicts, wanted, warnings }: Planned,
): Promise<ImportResult> {
  const names = new Set(verdicts.map(({ incoming }) => incoming.metadata.name));
  const revisions = wanted.extensions.filter(({ name }) => names.has(name)).map((extension) => extension.revision);
  const revision = revisions.length === 0 ? wanted.revision : Math.max(...revisions);
  const chain = await catalog.chainAt(revision);
  return {
    revision,
    chain: chain ?? wanted.chain,
    changes: [],
    warnings: [...warnings],
    packages: verdicts.map(reportOf),
  };
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
