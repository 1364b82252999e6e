import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Attempt } from '../change/attempt.js';

/** Changes by their outcome, and where their time went. */
export class ChangeMetrics {
  private readonly outcomes: Counter<'action' | 'outcome'>;
  private readonly durations: Histogram<'action' | 'outcome'>;
  private readonly steps: Histogram<'action' | 'step'>;

  constructor(registry: Registry, running: () => number) {
    this.outcomes = new Counter({
      name: 'muster_changes_total',
      help: 'Imports, removals and roll backs by outcome: ok, unchanged, or the code of the refusal',
      labelNames: ['action', 'outcome'],
      registers: [registry],
    });
    this.durations = new Histogram({
      name: 'muster_change_seconds',
      help: 'Time from the beginning of a change to its answer, by whether it was made: ok, unchanged or refused',
      labelNames: ['action', 'outcome'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
      registers: [registry],
    });
    this.steps = new Histogram({
      name: 'muster_change_step_seconds',
      help: 'Time that imports, removals and roll backs spent in each of their steps',
      labelNames: ['action', 'step'],
      buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers: [registry],
    });
    const gauge: Gauge = new Gauge({
      name: 'muster_changes_running',
      help: 'Imports, removals and roll backs that run now',
      registers: [registry],
      collect: (): void => gauge.set(running()),
    });
  }

  observe({ action, clock }: Attempt, outcome: string): void {
    this.outcomes.inc({ action, outcome });
    let totalMs = 0;
    for (const [step, milliseconds] of clock.durationsMs()) {
      this.steps.observe({ action, step }, milliseconds / 1_000);
      totalMs += milliseconds;
    }
    const told = outcome === 'ok' || outcome === 'unchanged' ? outcome : 'refused';
    this.durations.observe({ action, outcome: told }, totalMs / 1_000);
  }
}
