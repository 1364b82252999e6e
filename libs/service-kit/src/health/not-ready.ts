import { HttpProblem } from '../problems/http-problem.js';
import type { CheckResult } from './health.js';

/** The answer of `/health/ready` while something is missing. */
export class NotReady extends HttpProblem {
  constructor(
    code: 'not-ready' | 'stopping',
    detail: string,
    readonly checks: readonly CheckResult[],
  ) {
    super(503, code, detail, { retryAfterSeconds: 1 });
  }
}
