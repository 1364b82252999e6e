import type { Catalog } from '@muster/catalog';
import type { ImportResult } from '@muster/contracts';
import type { PackageReader } from '@muster/extension-package';
import { refusalOf } from '../problems/refusal.js';
import type { Incoming, Reason } from '../rules/facts.js';
import type { ImportOptions, ImportPolicy } from '../rules/import-options.js';
import { planImport, type PackageVerdict } from '../rules/plan-import.js';
import type { Attempt } from './attempt.js';
import { LandingPlan, unchanged, type Landing } from './landing-plan.js';
import type { LockedChange } from './locked-change.js';
import type { OriginNode } from './origin-node.js';
import type { Planned } from './planned.js';
import { readFacts } from './read-facts.js';

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
    return unchanged(this.parts.catalog, planned);
  }

  async land(landing: Landing, attempt: Attempt): Promise<ImportResult> {
    const plan = await this.prepare(landing, attempt);
    const { names, needs } = plan.prepared;
    return this.parts.change.run(
      {
        names,
        // Whoever had one of their entities before must have given it up on this node, too.
        needs: needs.filter((name) => !names.includes(name)),
        purpose: landing.purpose,
        hookStep: 'deploy',
        plan: () => plan.make(),
        answer: (committed) => plan.answer(committed),
      },
      attempt,
    );
  }

  /** Checked, unpacked aside and stored, up to where this node would be changed. */
  prepare(landing: Landing, attempt: Attempt): Promise<LandingPlan> {
    return LandingPlan.prepare(this.parts, landing, attempt);
  }
}

/** Of several packages each reason says whose it is. */
function naming({ incoming }: PackageVerdict, reasons: readonly Reason[], packages: number): readonly Reason[] {
  if (packages < 2) return reasons;
  const { name, version } = incoming.metadata;
  const whose = `${incoming.file ?? `${name} ${version}`}: `;
  return reasons.map((reason) => ({ ...reason, detail: whose + reason.detail }));
}
