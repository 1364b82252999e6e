import { compareVersions, parseVersion, type PackageReport } from '@muster/contracts';

/**
 * What ThingWorx' clients are to make of a package. `left-out`: it is there already, at this version, which is no failure.
 */
export type Verdict = 'taken' | 'left-out' | 'refused';

const SAME_VERSION = 'version-exists';
const LOWER_VERSION = 'version-lower';

/** The verdict on each package of one upload, in order. */
export function verdictsOn(packages: readonly PackageReport[]): Verdict[] {
  const alone = packages.length === 1;
  // Where others of the bundle were not taken because of it, "left out" would call nothing a success.
  const allThere = packages.every((report) => isThere(report) || isOtherBytes(report));
  return packages.map((report) => {
    // A bundle goes on without what is there at a newer version; who uploads an older one alone has to learn of it.
    if (report.outcome === 'skipped') return alone && isNewerThere(report) ? 'refused' : 'left-out';
    if (report.outcome === 'unchanged') return 'left-out';
    if (report.outcome === 'refused') return allThere && isOtherBytes(report) ? 'left-out' : 'refused';
    return 'taken';
  });
}

/** Whether what stands is newer than what came. */
export function isNewerThere({ version, previousVersion, reasons }: PackageReport): boolean {
  return reasons.some(isLowerVersion) || order(version, previousVersion) < 0;
}

export function isLowerVersion({ code }: { readonly code?: string }): boolean {
  return code === LOWER_VERSION;
}

/** The same version with other bytes: the platform does not look at the bytes and leaves it out. */
export function isOtherBytes({ outcome, version, previousVersion, reasons }: PackageReport): boolean {
  if (outcome === 'skipped') return version !== undefined && order(version, previousVersion) === 0;
  return outcome === 'refused' && reasons.length > 0 && reasons.every(({ code }) => code === SAME_VERSION);
}

/** As a sort has it; 0 where one of them is not known. */
function order(left = '', right = ''): number {
  const [one, other] = [parseVersion(left), parseVersion(right)];
  return one === undefined || other === undefined ? 0 : compareVersions(one, other);
}

function isThere({ outcome }: PackageReport): boolean {
  return outcome === 'unchanged' || outcome === 'skipped';
}
