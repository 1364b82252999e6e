import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { DoneAction } from './history/action-journal.js';
import { stagesOf } from './history/stage-watch.js';

/** `turn`: until the storage's lock was granted; `proof`: the look after a change; `ahead`: staging what is proposed; `whole`: from the request to its end. */
export type Stage = 'turn' | 'read' | 'inspect' | 'apply' | 'proof' | 'ahead' | 'whole' | 'send';

const BUCKETS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

/** What `/metrics` says of this agent. */
export class AgentMetrics {
  readonly looks: Counter<'reason'>;
  readonly applied: Counter<'kind'>;
  readonly parked: Gauge;
  readonly drift: Counter;
  readonly failedLooks: Counter<'code'>;
  private readonly actions: Counter<'kind' | 'outcome'>;
  private readonly changeStages: Histogram<'stage'>;
  private readonly stages: Histogram<'stage'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.looks = new Counter({
      name: 'muster_looks_total',
      help: 'Looks at catalog and disk, by why',
      labelNames: ['reason'],
      registers,
    });
    this.applied = new Counter({
      name: 'muster_steps_applied_total',
      help: 'Steps done on the storage, by kind',
      labelNames: ['kind'],
      registers,
    });
    this.parked = new Gauge({
      name: 'muster_parked_extensions',
      help: 'Extensions that failed here and stand aside',
      registers,
    });
    this.drift = new Counter({
      name: 'muster_drift_total',
      help: 'Extensions found different from what was put there',
      registers,
    });
    this.failedLooks = new Counter({
      name: 'muster_failed_looks_total',
      help: 'Looks that could not be made, by the code of the failure',
      labelNames: ['code'],
      registers,
    });
    this.stages = new Histogram({
      name: 'muster_stage_seconds',
      help: 'Time by stage of a look',
      labelNames: ['stage'],
      buckets: BUCKETS,
      registers,
    });
    this.actions = new Counter({
      name: 'muster_agent_actions_total',
      help: 'Changes made to the storage, by kind (wanted-change, drift-correction) and outcome (done, parked, interrupted)',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.changeStages = new Histogram({
      name: 'muster_agent_stage_seconds',
      help: 'Time by stage of a change that came to its end: wait, fetch, stage, switch, deploy, prove',
      labelNames: ['stage'],
      buckets: BUCKETS,
      registers,
    });
  }

  /** Something was done to the storage. */
  changed({ kind, outcome, moments }: Pick<DoneAction, 'kind' | 'outcome' | 'moments'>): void {
    this.actions.inc({ kind, outcome });
    if (outcome !== 'done') return;
    for (const [stage, durationMs] of stagesOf(moments)) this.changeStages.observe({ stage }, durationMs / 1000);
  }

  took(stage: Stage, durationMs: number): void {
    this.stages.observe({ stage }, durationMs / 1000);
  }

  /** Runs the work and notes how long it took, well or not. */
  async time<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.took(stage, performance.now() - startedAt);
    }
  }
}
