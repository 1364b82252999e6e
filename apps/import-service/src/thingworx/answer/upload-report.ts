import type { PackageReport } from '@muster/contracts';
import { EXTENSION_DEPENDENCY, EXTENSION_PACKAGE, EXTENSION_REPORT, UPLOAD_REPORT } from './data-shapes.js';
import { infoTable, type InfoTable } from './info-table.js';
import { dependencyRow, reportedPackageRow, type PackageRow } from './package-row.js';
import { verdictsOn, type Verdict } from './verdict.js';
import { canBeTaken, wasLeftOut, wasRefused, wasTaken, willBeLeftOut, type Told } from './wording.js';

/** `alert` means on the platform: queued until the server starts again. We queue nothing, so no row has it. */
export const REPORT_STATUS = { success: 0, failure: 1, warning: 2, alert: 3 } as const;
export type ReportStatus = (typeof REPORT_STATUS)[keyof typeof REPORT_STATUS];

export interface ReportRow {
  readonly extensionPackage: InfoTable<PackageRow>;
  readonly extensionDependencies: InfoTable<ReturnType<typeof dependencyRow>>;
  readonly extensionReportStatus: ReportStatus;
  readonly reportMessage: string;
  readonly extensionException: string;
}

export interface UploadRow {
  readonly validate?: InfoTable<ReportRow>;
  readonly install?: InfoTable<ReportRow>;
}

/**
 * How an upload ended. `against` holds what was against the whole of it, besides the packages' own reasons. It failed `later`
 * where all packages had been found right before.
 */
export type UploadOutcome =
  | { readonly kind: 'validated'; readonly packages: readonly PackageReport[]; readonly against: readonly Against[] }
  | { readonly kind: 'installed'; readonly packages: readonly PackageReport[] }
  | {
      readonly kind: 'failed';
      readonly packages: readonly PackageReport[];
      readonly against: readonly Against[];
      readonly later: boolean;
    };

export interface Against extends Told {
  readonly code: string;
}

export interface UploadReport {
  /** 406 where a row is a failure. */
  readonly status: 200 | 406;
  readonly table: InfoTable<UploadRow>;
}

interface RowText {
  readonly status: ReportStatus;
  readonly message: string;
  readonly exception?: string;
}

/**
 * An upload's answer. `validate` says whether each package can be taken, so its rows are 0 or 1; `install` says what became of
 * it, and is there only where all could be taken and something was to be done.
 */
export function uploadReport(outcome: UploadOutcome): UploadReport {
  const against = outcome.kind === 'installed' ? [] : outcome.against;
  // Nothing is against the packages themselves: all of them failed by what came after.
  const failedLater =
    outcome.kind === 'failed' && (outcome.later || !against.some(({ code }) => isReasonOf(outcome.packages, code)));
  const verdicts = failedLater ? outcome.packages.map((): Verdict => 'taken') : verdictsOn(outcome.packages);
  const stopped = outcome.kind === 'validated' && against.length > 0 && !verdicts.includes('refused');
  const validate = outcome.packages.map((report, index) =>
    stopped ? failure(report, against) : validated(report, verdicts[index] ?? 'refused', against),
  );
  const valid = validate.every(({ status }) => status !== REPORT_STATUS.failure);
  const install =
    outcome.kind === 'validated' || !valid
      ? undefined
      : outcome.packages.map((report, index) =>
          failedLater ? failure(report, against) : installed(report, verdicts[index] ?? 'refused'),
        );
  const rows: UploadRow[] = [{ validate: tableOf(outcome.packages, validate) }];
  if (install !== undefined) rows.push({ install: tableOf(outcome.packages, install) });
  const failed = [...validate, ...(install ?? [])].some(({ status }) => status === REPORT_STATUS.failure);
  return { status: failed ? 406 : 200, table: infoTable(UPLOAD_REPORT, rows) };
}

function isReasonOf(packages: readonly PackageReport[], code: string): boolean {
  return packages.some(({ reasons }) => reasons.some((reason) => reason.code === code));
}

function validated(report: PackageReport, verdict: Verdict, against: readonly Against[]): RowText {
  if (verdict === 'refused') return failure(report, against);
  return { status: REPORT_STATUS.success, message: verdict === 'taken' ? canBeTaken(report) : willBeLeftOut(report) };
}

function installed(report: PackageReport, verdict: Verdict): RowText {
  if (verdict === 'left-out') return { status: REPORT_STATUS.warning, message: wasLeftOut(report) };
  const status = report.warnings.length > 0 ? REPORT_STATUS.warning : REPORT_STATUS.success;
  return { status, message: wasTaken(report) };
}

function failure(report: PackageReport, against: readonly Against[]): RowText {
  const codes = (report.reasons.length > 0 ? report.reasons : against).map(({ code }) => code);
  return {
    status: REPORT_STATUS.failure,
    message: wasRefused(report, against),
    exception: [...new Set(codes)].join(', '),
  };
}

function tableOf(packages: readonly PackageReport[], rows: readonly RowText[]): InfoTable<ReportRow> {
  const made = packages.map((report, index): ReportRow => {
    const { status, message, exception } = rows[index] ?? { status: REPORT_STATUS.failure, message: '' };
    return {
      extensionPackage: infoTable(EXTENSION_PACKAGE, [reportedPackageRow(report)]),
      extensionDependencies: infoTable(EXTENSION_DEPENDENCY, report.dependsOn.map(dependencyRow)),
      extensionReportStatus: status,
      reportMessage: message,
      extensionException: exception ?? '',
    };
  });
  return infoTable(EXTENSION_REPORT, made);
}
