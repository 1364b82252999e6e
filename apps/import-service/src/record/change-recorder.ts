import { MusterError } from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';
import type { Logger } from 'pino';
import type { Attempt } from '../change/attempt.js';
import { withPackages } from '../problems/package-problem.js';
import { asProblem } from '../problems/refusal.js';
import type { AuditTrail } from './audit-trail.js';
import type { ChangeMetrics } from './change-metrics.js';
import { ChangeSpans } from './change-spans.js';

/** Tells audit, metrics, trace and log of every attempt at a change, the refused ones too. */
export class ChangeRecorder {
  constructor(
    private readonly audit: AuditTrail,
    private readonly metrics: ChangeMetrics,
    private readonly logger: Logger,
  ) {}

  /** Runs the work; what it throws goes on as the problem that the client is told. */
  async record<T extends { readonly changes: readonly unknown[] }>(
    attempt: Attempt,
    work: () => Promise<T>,
  ): Promise<T> {
    const spans = new ChangeSpans(attempt);
    const tell = async (outcome: string, problem?: unknown): Promise<void> => {
      spans.end(outcome, problem);
      await this.tell(attempt, outcome, problem);
    };
    let result: T;
    try {
      result = await work();
    } catch (error) {
      const problem = problemOf(error, attempt);
      await tell(problem instanceof MusterError ? problem.code : 'internal-error', problem);
      throw problem;
    }
    await tell(result.changes.length === 0 ? 'unchanged' : 'ok');
    return result;
  }

  /** Runs a dry run: a failure is told as it would be, and nothing is recorded. */
  async explain<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw problemOf(error, attempt);
    }
  }

  private async tell(attempt: Attempt, outcome: string, problem?: unknown): Promise<void> {
    this.metrics.observe(attempt, outcome);
    const { action, asker, subject, sha256, revision } = attempt;
    const told = {
      actor: asker.actor,
      action,
      ...(subject !== undefined && { subject }),
      ...(sha256 !== undefined && { sha256 }),
      source: asker.source,
      outcome,
      ...(revision !== undefined && { revision }),
      detail: detailOf(attempt, problem),
    };
    this.logger.info({ change: told }, `${action} ${subject ?? ''}: ${outcome}`);
    await this.audit.keep(told);
  }
}

function problemOf(error: unknown, attempt: Attempt): unknown {
  const problem = asProblem(error, attempt.clock.step, attempt.undone);
  return problem instanceof HttpProblem ? withPackages(problem, error, attempt) : problem;
}

function detailOf({ clock, asker }: Attempt, problem: unknown): Record<string, unknown> {
  const steps = Object.fromEntries([...clock.durationsMs()].map(([step, ms]) => [step, Math.round(ms)]));
  const common = { requestId: asker.requestId, stepMs: steps };
  if (!(problem instanceof HttpProblem)) return common;
  return { ...common, step: problem.step, detail: problem.message, undone: problem.undone };
}
