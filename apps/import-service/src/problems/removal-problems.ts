import type { Blocker } from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';
import type { Reason } from '../rules/facts.js';

/** Most blockers that a sentence names; the problem's `blockers` has all. */
const MAX_NAMED = 10;

/** Why an extension is not removed alone. */
export function whyBlocked(name: string, blockers: readonly Blocker[]): Reason {
  const list = listOf(blockers);
  return {
    code: 'has-dependants',
    detail: `"${name}" is needed by ${list}`,
    remedy: `Remove ${list} first, or all of them together as one revision with ?cascade=true.`,
  };
}

/** 409: others need it. */
export function hasDependants(name: string, blockers: readonly Blocker[]): HttpProblem {
  const { code, detail, remedy } = whyBlocked(name, blockers);
  return new HttpProblem(409, code, detail, { remedy, actual: blockers.length, limit: 0, blockers });
}

function listOf(blockers: readonly Blocker[]): string {
  const shown = blockers.slice(0, MAX_NAMED).map(({ extension }) => `"${extension}"`);
  const rest = blockers.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
