import type { Catalog } from '@muster/catalog';
import type { ImportPlan, ImportResult, Warning } from '@muster/contracts';
import type { PackageReader } from '@muster/extension-package';
import type { IncomingMessage } from 'node:http';
import { bundleOfNothing, refusalOfUnreadable } from '../problems/package-problem.js';
import type { ImportOptions, ImportPolicy } from '../rules/import-options.js';
import { ImportBudget, type ImportLimits } from '../upload/import-budget.js';
import { receiveUploads } from '../upload/receive-upload.js';
import type { UploadedZip } from '../upload/upload-file.js';
import type { Attempt } from './attempt.js';
import { checkSent, type CheckedPackages } from './check-sent.js';
import { describeDryRun } from './dry-run.js';
import type { HoldGate } from './hold-gate.js';
import { ImportWorkspace } from './import-workspace.js';
import type { Landing } from './landing-plan.js';
import { mendZip } from './mend-zip.js';
import { openUploads } from './open-uploads.js';
import type { OriginNode } from './origin-node.js';
import type { PackageLanding } from './package-landing.js';
import { reportOf, reportOfUnreadable } from './package-report.js';
import type { Planned } from './planned.js';
import { requireRoom } from './require-room.js';
import type { SentPackage, SentPackages } from './sent-package.js';
import type { Proposed, Proposer, ProposalTerms } from './together/proposer.js';

export interface ImporterParts {
  readonly origin: Pick<OriginNode, 'storage'>;
  readonly catalog: Pick<Catalog, 'blobs'>;
  readonly reader: PackageReader;
  readonly gate: HoldGate;
  readonly landing: PackageLanding;
  readonly proposer: Proposer;
  readonly limits: ImportLimits;
  readonly policy: ImportPolicy;
}

/** Most files that a warning names. */
const MAX_NAMED = 10;

type Work<T> = (sent: SentPackages, workspace: ImportWorkspace) => Promise<T>;

/**
 * An import of one package or several, from the first byte of the upload to the commit. Whatever fails undoes all before it:
 *
 *   held? → receive (to staging, hashed) → open (bundles apart, outlines) → plan → PackageLanding, or Proposer → Activation
 */
export class Importer {
  constructor(private readonly parts: ImporterParts) {}

  import(request: IncomingMessage, options: ImportOptions, attempt: Attempt): Promise<ImportResult> {
    return this.bring(request, options, attempt, (landing) => this.parts.landing.land(landing, attempt));
  }

  /** The same, up to a proposal that every node is asked to get ready for; what there is nothing to do for is answered at once. */
  propose(
    request: IncomingMessage,
    options: ImportOptions,
    terms: ProposalTerms,
    attempt: Attempt,
  ): Promise<ImportResult | Proposed> {
    const { landing, proposer } = this.parts;
    return this.bring<ImportResult | Proposed>(request, options, attempt, async (packages) =>
      proposer.propose(await landing.prepare(packages, attempt), terms, attempt),
    );
  }

  private async bring<T>(
    request: IncomingMessage,
    options: ImportOptions,
    attempt: Attempt,
    land: (landing: Landing) => Promise<T>,
  ): Promise<T | ImportResult> {
    const { gate, landing, policy } = this.parts;
    // Before a byte of it is read.
    await gate.refuseHeld();
    return this.withSent<T | ImportResult>(request, attempt, async (sent, workspace) => {
      const plan = (incoming: readonly SentPackage[]): Promise<Planned<SentPackage>> =>
        landing.plan(incoming, { options, policy });
      const planned = await this.planSent(sent, plan, attempt);
      const answer = await landing.answerWithoutChange(planned, attempt);
      const warnings = [...leftOutWarnings(sent), ...(await this.mend(planned, attempt))];
      if (answer !== undefined) return { ...answer, warnings: [...warnings, ...answer.warnings] };
      attempt.clock.enter('check');
      const coming = planned.verdicts.flatMap(({ action, incoming }) => (action === undefined ? [] : [incoming]));
      await requireRoom(
        workspace.directory,
        coming.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0),
      );
      const purpose = `import ${nameAll(coming.map(({ metadata }) => `${metadata.name} ${metadata.version}`))}`;
      return land({ packages: sent.packages, coming, workspace, purpose, warnings, plan });
    });
  }

  /** What an import of this upload would do, and all that is against it, a hold too; nothing is changed. */
  async dryRun(request: IncomingMessage, options: ImportOptions, attempt: Attempt): Promise<ImportPlan> {
    const { gate, landing, policy, reader } = this.parts;
    return this.withSent(request, attempt, async (sent) => {
      const checked: CheckedPackages = await checkSent(reader, sent);
      const planned = await this.planSent(checked, (one) => landing.plan(one, { options, policy }), attempt);
      const { only } = checked;
      return describeDryRun({
        planned,
        holds: await gate.reasons(),
        packages: planned.verdicts.map(reportOf),
        warnings: leftOutWarnings(sent),
        ...(only && { only }),
      });
    });
  }

  /** Plans what can be read; what cannot is the reason of a refusal that tells of the rest as well. */
  private async planSent(
    sent: SentPackages,
    plan: (incoming: readonly SentPackage[]) => Promise<Planned<SentPackage>>,
    attempt: Attempt,
  ): Promise<Planned<SentPackage>> {
    const { packages, unreadable, kind } = sent;
    if (packages.length > 0) attempt.subject = nameAll(packages.map(({ metadata }) => metadata.name));
    const [first] = unreadable;
    if (kind === 'zip' && first !== undefined) {
      attempt.packages = [reportOfUnreadable(first)];
      throw first.refused;
    }
    attempt.clock.enter('plan');
    const planned = await plan(packages);
    attempt.packages = [...unreadable.map(reportOfUnreadable), ...planned.verdicts.map(reportOf)];
    if (kind === 'bundle' && packages.length === 0) throw bundleOfNothing(unreadable);
    if (first !== undefined) throw refusalOfUnreadable(unreadable);
    return planned;
  }

  private async mend({ verdicts }: Planned<SentPackage>, { asker }: Attempt): Promise<Warning[]> {
    const warnings: Warning[] = [];
    for (const { outcome, incoming } of verdicts) {
      if (outcome !== 'unchanged') continue;
      const mended = await mendZip(this.parts.catalog, incoming.zip, asker.signal);
      if (mended !== undefined) warnings.push(mended);
    }
    return warnings;
  }

  private async withSent<T>(request: IncomingMessage, attempt: Attempt, work: Work<T>): Promise<T> {
    const { origin, limits, reader } = this.parts;
    const workspace = await ImportWorkspace.open(origin.storage);
    const budget = new ImportBudget(limits);
    try {
      const uploads = await receiveUploads(request, (index) => workspace.zipFile(index), budget);
      noteUploads(uploads, attempt);
      attempt.clock.enter('check');
      const { signal } = attempt.asker;
      return await work(await openUploads({ reader, workspace, budget, signal }, uploads), workspace);
    } finally {
      await workspace.remove();
      attempt.undone.push('the upload was removed from staging');
    }
  }
}

/** The audit names the bytes of an upload where there is one. */
function noteUploads(uploads: readonly UploadedZip[], attempt: Attempt): void {
  const [first] = uploads;
  if (first !== undefined && uploads.length === 1) attempt.sha256 = first.sha256;
}

function leftOutWarnings({ leftOut }: SentPackages): Warning[] {
  if (leftOut.length === 0) return [];
  const shown = leftOut.slice(0, MAX_NAMED).join(', ');
  const rest = leftOut.length > MAX_NAMED ? ` and ${leftOut.length - MAX_NAMED} more` : '';
  return [{ code: 'bundle-files-left-out', detail: `no packages, and so left out: ${shown}${rest}` }];
}

/** `Base`, or `Base and 29 more`. */
function nameAll(names: readonly string[]): string {
  const [first = ''] = names;
  return names.length === 1 ? first : `${first} and ${names.length - 1} more`;
}
