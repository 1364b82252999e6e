import type { PackageReport } from '@muster/contracts';
import { ApplyFailed } from '@muster/node-storage';
import { HttpProblem } from '@muster/service-kit';
import type { Attempt } from '../change/attempt.js';
import type { UnreadableZip } from '../change/sent-package.js';
import { asProblem, given } from './refusal.js';

/** Most zips that a sentence names; `packages` has all. */
const MAX_NAMED = 10;

/** Several zips were sent and these are bad: the first one's code, the sentences of the first ones. */
export function refusalOfUnreadable(unreadable: readonly UnreadableZip[]): unknown {
  const [first] = unreadable;
  if (first === undefined) throw new TypeError('a refusal needs a reason');
  const problem = asProblem(first.refused, 'check');
  return problem instanceof HttpProblem ? withDetail(problem, sentencesOf(unreadable, first)) : problem;
}

/** A zip of zips of which none is a package was no bundle: it is told as a package without its metadata. */
export function bundleOfNothing(unreadable: readonly UnreadableZip[]): HttpProblem {
  const detail = `the zip has no metadata.xml, and no zip in it is a package that can be read: ${sentencesOf(unreadable)}`;
  const remedy = unreadable[0]?.refused.remedy ?? 'Upload an extension package, or a zip of such zips.';
  return new HttpProblem(422, 'metadata-missing', detail, { remedy, step: 'check' });
}

function sentencesOf(unreadable: readonly UnreadableZip[], untold?: UnreadableZip): string {
  const shown = unreadable.slice(0, MAX_NAMED).map((one) => {
    const { zip, refused } = one;
    const code = one === untold ? '' : `${refused.code}: `;
    return `${zip.name ?? `the zip ${zip.sha256}`}: ${code}${refused.message}`;
  });
  const rest = unreadable.length - shown.length;
  return shown.join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}

/**
 * The problem of a refused import with a row for each package. Where one of them is at fault its row says so, and where there
 * are several so does the sentence.
 */
export function withPackages(
  problem: HttpProblem,
  error: unknown,
  { packages, fault }: Pick<Attempt, 'packages' | 'fault'>,
): HttpProblem {
  if (packages === undefined || packages.length === 0) return problem;
  const failed = error instanceof ApplyFailed ? error.extension : undefined;
  const isAtFault = ({ extension, sha256 }: PackageReport): boolean =>
    (failed !== undefined && extension === failed) || (fault !== undefined && sha256 === fault.sha256);
  const blamed = packages.find(isAtFault);
  const { code, message: detail, remedy } = problem;
  const reason = { code, detail, ...(remedy !== undefined && { remedy }) };
  const rows = packages.map((row): PackageReport =>
    row === blamed ? { ...row, outcome: 'refused', reasons: [...row.reasons, reason] } : row,
  );
  const names = packages.length > 1 && blamed !== undefined;
  const whose = blamed?.file ?? `${blamed?.extension ?? ''} ${blamed?.version ?? ''}`.trim();
  const named = names ? withDetail(problem, `${whose}: ${detail}`) : problem;
  return new HttpProblem(named.status, named.code, named.message, { ...given(named), packages: rows });
}

function withDetail(problem: HttpProblem, detail: string): HttpProblem {
  return new HttpProblem(problem.status, problem.code, detail, given(problem));
}
