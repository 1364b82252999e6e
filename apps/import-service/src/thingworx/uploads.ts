import type { PackageReport } from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';
import type { Request } from 'express';
import type { Attempt } from '../change/attempt.js';
import type { Importer } from '../change/importer.js';
import type { AuditTrail } from '../record/audit-trail.js';
import type { ChangeRecorder } from '../record/change-recorder.js';
import type { ImportOptions } from '../rules/import-options.js';
import type { ImportSlots } from '../upload/import-slots.js';
import { uploadReport, type Against, type UploadReport } from './answer/upload-report.js';
import { isNewerThere } from './answer/verdict.js';
import { wasLeftOut, wasRefused } from './answer/wording.js';
import { reportsOf } from './reports-of.js';

export interface UploadsParts {
  readonly importer: Importer;
  readonly slots: ImportSlots;
  readonly recorder: ChangeRecorder;
  readonly audit: AuditTrail;
}

/** As the platform does it: no older version, no other bytes of the same one; a bundle goes on without them. */
const OPTIONS: ImportOptions = { force: false, allowDowngrade: false, partial: 'skip-installed' };

/** Steps in which every package has been found right already. */
const AFTER_THE_PLAN = new Set(['lock', 'origin', 'stage', 'switch', 'deploy', 'commit']);

/** It is the package, or what stands, that does not fit: the platform calls that Not Acceptable. Others keep their status. */
const NOT_ACCEPTABLE = new Set([409, 422]);

/** Uploads as ThingWorx answers them: the same road as `POST /imports`, told by rows. */
export class Uploads {
  constructor(private readonly parts: UploadsParts) {}

  /** @throws HttpProblem where no package could be read, or the request could not be taken at all */
  async import(request: Request, attempt: Attempt): Promise<UploadReport> {
    const { importer, slots, recorder } = this.parts;
    try {
      const result = await recorder.record(attempt, () => slots.run(() => importer.import(request, OPTIONS, attempt)));
      const packages = reportsOf(result);
      await this.tellLeftOut(packages, attempt);
      return uploadReport({ kind: 'installed', packages });
    } catch (error) {
      return failed(error);
    }
  }

  /** Only says what an import would do. @throws HttpProblem as `import` does */
  async validate(request: Request, attempt: Attempt): Promise<UploadReport> {
    const { importer, slots, recorder } = this.parts;
    try {
      const plan = await slots.run(() => recorder.explain(attempt, () => importer.dryRun(request, OPTIONS, attempt)));
      const packages = reportsOf(plan);
      const report = uploadReport({ kind: 'validated', packages, against: besides(packages, plan.reasons) });
      if (report.status !== 200) await this.remember('validate', attempt, reasonsOf(packages, plan.reasons));
      return report;
    } catch (error) {
      if (error instanceof HttpProblem)
        await this.remember('validate', attempt, [{ code: error.code, detail: error.message }]);
      return failed(error);
    }
  }

  /** The importer calls what it left out nothing new; whoever looks into the log for it has to find why. */
  private async tellLeftOut(packages: readonly PackageReport[], attempt: Attempt): Promise<void> {
    for (const report of packages.filter(({ outcome }) => outcome === 'skipped')) {
      const refused = packages.length === 1 && isNewerThere(report);
      const reason = refused ? lowerVersion(report) : { code: 'skipped-installed', detail: wasLeftOut(report) };
      await this.remember('import', attempt, [reason], report.extension);
    }
  }

  /** A dry run leaves no trace; but whoever validates here looks for the reason in the log. */
  private async remember(
    action: 'import' | 'validate',
    { asker, subject: named, sha256 }: Attempt,
    reasons: readonly Against[],
    subject = named,
  ): Promise<void> {
    await this.parts.audit.keep({
      actor: asker.actor,
      action,
      ...(subject !== undefined && { subject }),
      ...(sha256 !== undefined && { sha256 }),
      source: asker.source,
      outcome: reasons[0]?.code ?? 'refused',
      detail: { requestId: asker.requestId, detail: reasons.map(({ detail }) => detail).join('; ') },
    });
  }
}

/** What is against the upload as a whole. */
function besides(packages: readonly PackageReport[], reasons: readonly Against[]): Against[] {
  const own = new Set(packages.flatMap((report) => report.reasons.map(({ code, detail }) => `${code} ${detail}`)));
  return reasons.filter(({ code, detail }) => !own.has(`${code} ${detail}`));
}

/** All reasons once; where nothing but an older version was sent there is none, and a validation of it fails all the same. */
function reasonsOf(packages: readonly PackageReport[], reasons: readonly Against[]): readonly Against[] {
  if (reasons.length > 0) return reasons;
  return packages.filter(isNewerThere).map(lowerVersion);
}

function lowerVersion(report: PackageReport): Against {
  return { code: 'version-lower', detail: wasRefused(report, []).trim() };
}

function failed(error: unknown): UploadReport {
  if (!(error instanceof HttpProblem) || !NOT_ACCEPTABLE.has(error.status)) throw error;
  const packages = reportsOf(error);
  const { code, message: detail, remedy } = error;
  const later = AFTER_THE_PLAN.has(error.step ?? '');
  if (packages.length > 0)
    return uploadReport({ kind: 'failed', packages, against: [{ code, detail, remedy }], later });
  throw new HttpProblem(406, code, detail, { ...(remedy !== undefined && { remedy }), cause: error });
}
