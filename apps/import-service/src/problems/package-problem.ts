import type { PackageReport } from '@muster/contracts';
import { ApplyFailed } from '@muster/node-storage';
import { HttpProblem } from '@muster/service-kit';
import type { Attempt } from '../change/attempt.js';
import type { UnreadableZip } from '../change/sent-package.js';
import { asProblem, given } from './refusal.js';

/** Several zips were sent and these are bad: the first one's code, the sentences of all. */
export function refusalOfUnreadable(unreadable: readonly UnreadableZip[]): unknown {
  const [first] = unreadable;
  if (first === undefined) throw new TypeError('a refusal needs a reason');
  const problem = asProblem(first.refused, 'check');
  if (!(problem instanceof HttpProblem)) return problem;
  const detail = unreadable.map(({ zip: { name, sha256 }, refused }, index) => {
    const code = index === 0 ? '' : `${refused.code}: `;
    return `${name ?? `the zip ${sha256}`}: ${code}${refused.message}`;
  });
  return withDetail(problem, detail.join('; '));
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
