import { startSpan, type Span } from '@muster/service-kit';
import type { Attempt } from '../change/attempt.js';

/** One attempt at a change in its trace: a span for the whole of it, and below that one for each of its steps. */
export class ChangeSpans {
  private readonly whole: Span;
  private step: Span;

  /** From now on the attempt hands the span of the whole on: the revision carries it to every node. */
  constructor(private readonly attempt: Attempt) {
    const { action, asker, clock } = attempt;
    this.whole = startSpan(action, { traceparent: asker.traceparent, attributes: { 'muster.actor': asker.actor } });
    attempt.traceparent = this.whole.traceparent;
    this.step = this.begin(clock.step);
    clock.onStep = (step) => {
      this.step.end();
      this.step = this.begin(step);
    };
  }

  /** `outcome` is `ok`, `unchanged`, or the code of the refusal. */
  end(outcome: string, problem?: unknown): void {
    const { subject, sha256, revision, clock } = this.attempt;
    delete clock.onStep;
    this.step.end(problem);
    this.whole.end(problem, {
      attributes: {
        'muster.outcome': outcome,
        ...(subject !== undefined && { 'muster.extension': subject }),
        ...(sha256 !== undefined && { 'muster.sha256': sha256 }),
        ...(revision !== undefined && { 'muster.revision': revision }),
      },
    });
  }

  private begin(step: string): Span {
    return startSpan(`${this.attempt.action}: ${step}`, { traceparent: this.whole.traceparent });
  }
}
