import type { Problem } from '@muster/contracts';
import { EXIT, type ExitCode } from '../exit-code.js';
import { Failure } from '../failure.js';
import { remedyOf } from '../remedies.js';
import type { HttpAnswer } from './exchange.js';

/** Conflicts that pass by themselves, or when somebody lets go. */
const PASSING = new Set(['conflict', 'frozen', 'node-paused', 'not-all-ready', 'plan-changed']);

/** What a refusal means to a script. */
export function exitCodeOf(status: number, code: string): ExitCode {
  if (status === 429 || status === 503 || status === 507 || status === 502 || status === 504) return EXIT.later;
  if (status === 409 && PASSING.has(code)) return EXIT.later;
  if (status === 401 || status === 403 || status >= 500 || code === 'not-found') return EXIT.fault;
  return EXIT.refused;
}

/** A service's refusal as a failure of the command. */
export function refusalOf(thing: string, problem: Problem, answer: Pick<HttpAnswer, 'status' | 'headers'>): Failure {
  const { code, detail, limit, actual, step, undone, packages, blockers, nodes } = problem;
  const remedy = remedyOf(code) ?? problem.remedy;
  const retryAfterSeconds = retryAfter(answer.headers['retry-after']);
  return new Failure(thing, code, detail, {
    exitCode: exitCodeOf(answer.status, code),
    status: answer.status,
    ...(limit !== undefined && { limit }),
    ...(actual !== undefined && { actual }),
    ...(remedy !== undefined && { remedy }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(step !== undefined && { step }),
    ...(undone !== undefined && { undone }),
    ...(packages !== undefined && { packages }),
    ...(blockers !== undefined && { blockers }),
    ...(nodes !== undefined && { nodes }),
  });
}

/** Seconds of a `Retry-After`, which is a number of them or a date. */
export function retryAfter(header: string | undefined, nowMs = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.max(0, Math.ceil((time - nowMs) / 1_000));
}
