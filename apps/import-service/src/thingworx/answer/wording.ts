import type { PackageReport, Warning } from '@muster/contracts';
import { platformVersion } from './platform-version.js';
import { isLowerVersion, isNewerThere, isOtherBytes } from './verdict.js';

/** What pipelines look for in the platform's answers stands here word for word. */
const SKIPPED = 'skipped because it is already installed';

export interface Told {
  readonly code?: string;
  readonly detail: string;
  readonly remedy?: string | undefined;
}

/** What can be done with the package: said before anything is done. */
export function canBeTaken(report: PackageReport): string {
  const { outcome, previousVersion } = report;
  const from = previousVersion === undefined ? '' : ` from ${platformVersion(previousVersion)}`;
  const doing: Partial<Record<PackageReport['outcome'], string>> = {
    upgrade: `it upgrades${from}`,
    downgrade: `it goes down${from}`,
    reinstall: 'it takes the place of other bytes of the same version',
    install: 'it is new here',
  };
  const what = doing[outcome];
  return withWarnings(`${nameOf(report)} is valid${what === undefined ? '' : `: ${what}`}`, report.warnings);
}

export function wasTaken(report: PackageReport): string {
  const { outcome, previousVersion } = report;
  const from = previousVersion === undefined ? '' : ` from ${platformVersion(previousVersion)}`;
  const done = outcome === 'upgrade' || outcome === 'downgrade' ? `upgraded${from}` : 'installed';
  return withWarnings(`${nameOf(report)} was ${outcome === 'downgrade' ? `taken down${from}` : done}`, report.warnings);
}

/** Ends as the platform's message does: scripts look for the end. */
export function wasLeftOut(report: PackageReport): string {
  const name = nameOf(report);
  if (isOtherBytes(report))
    return `${name} came with other bytes than those that are installed; give them a new version to have them taken. ${SKIPPED}`;
  return isNewerThere(report)
    ? `${name}: ${platformVersion(report.previousVersion ?? '')} is there, which is newer. ${SKIPPED}`
    : `${name} ${SKIPPED}`;
}

export function willBeLeftOut(report: PackageReport): string {
  return `An import changes nothing: ${wasLeftOut(report)}`;
}

/** Why it was refused, and what to do, in one text: the platform's own answer would say neither. */
export function wasRefused(report: PackageReport, otherwise: readonly Told[]): string {
  const { extension = 'it', version, previousVersion } = report;
  const reasons = report.reasons.length > 0 ? report.reasons : otherwise;
  if (!isNewerThere(report)) return reasons.map(sentence).join(' ');
  const newer = `A newer version of ${extension} is already installed`;
  if (version === undefined || previousVersion === undefined) return [`${newer}.`, ...reasons.map(sentence)].join(' ');
  const known = `${newer}: ${platformVersion(previousVersion)}, and this is ${platformVersion(version)}.`;
  return [known, ...reasons.map((told) => (isLowerVersion(told) ? (told.remedy ?? '') : sentence(told)))].join(' ');
}

/** A reason with its remedy. */
export function sentence({ detail, remedy }: Told): string {
  return remedy === undefined ? `${detail}.` : `${detail}. ${remedy}`;
}

function nameOf({ extension, file, version }: PackageReport): string {
  const name = extension ?? file ?? '';
  return version === undefined ? `Extension ${name}` : `Extension ${name} ${platformVersion(version)}`;
}

function withWarnings(text: string, warnings: readonly Warning[]): string {
  return [text, ...warnings.map(({ detail }) => detail)].join('. ');
}
