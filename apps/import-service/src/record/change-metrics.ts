import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Attempt } from '../change/attempt.js';

/** Changes by their outcome, and where their time went. */
export class ChangeMetrics {
  private readonly outcomes: Counter<'action' | 'outcome'>;
  private readonly steps: Histogram<'action' | 'step'>;

  constructor(registry: Registry, running: () => number) {
    this.outcomes = new Counter({
      name: 'muster_changes_total',
      help: 'Imports and removals by outcome: ok, unchanged, or the code of the refusal',
      labelNames: ['action', 'outcome'],
      registers: [registry],
    });
    this.steps = new Histogram({
      name: 'muster_change_step_seconds',
      help: 'Time that imports and removals spent in each of their steps',
      labelNames: ['action', 'step'],
      buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers: [registry],
    });
    const gauge: Gauge = new Gauge({
      name: 'muster_changes_running',
      help: 'Imports and removals that run now',
      registers: [registry],
      collect: (): void => gauge.set(running()),
    });
  }

  observe({ action, clock }: Attempt, outcome: string): void {
    this.outcomes.inc({ action, outcome });
    for (const [step, milliseconds] of clock.durationsMs()) this.steps.observe({ action, step }, milliseconds / 1_000);
  }
}
