import { NODE_STATES, type NodeState } from '@muster/contracts';
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Assessment } from './board/assessment.js';
import type { Board } from './board/board.js';
import type { Converged } from './board/open-revisions.js';
import type { Waits } from './board/waits.js';
import type { Watchers } from './live/watchers.js';
import { registerNodeMetrics } from './metrics/node-metrics.js';
import { lagOf } from './model/lag.js';
import { expectedNodes } from './model/node-view.js';

/** What the board concludes, as numbers. While nothing can be concluded the cluster counts as not converged. */
export class StatusMetrics {
  private readonly nodes: Gauge<'state'>;
  private readonly converged: Gauge;
  private readonly head: Gauge;
  private readonly lag: Gauge;
  private readonly lagSeconds: Gauge;
  private readonly databaseUp: Gauge;
  private readonly frozen: Gauge;
  private readonly lastNode: Histogram;
  private latest: Assessment | undefined;

  constructor(registry: Registry, board: Board, waits: Waits, watchers: Watchers) {
    const registers = [registry];
    this.nodes = new Gauge({ name: 'muster_nodes', help: 'Nodes by state', labelNames: ['state'], registers });
    this.converged = new Gauge({
      name: 'muster_converged',
      help: '1 while every expected node proves the head',
      registers,
    });
    this.head = new Gauge({ name: 'muster_head_revision', help: 'The latest revision of the catalog', registers });
    this.lag = new Gauge({
      name: 'muster_lag_revisions',
      help: 'Revisions by which the furthest expected node is behind the head',
      registers,
    });
    this.lagSeconds = new Gauge({
      name: 'muster_lag_seconds',
      help: 'Seconds since the first revision was committed that an expected node has not taken in',
      registers,
    });
    this.databaseUp = new Gauge({
      name: 'muster_database_up',
      help: '1 while the catalog can be read; otherwise all else is what was known before',
      registers,
    });
    this.frozen = new Gauge({ name: 'muster_frozen', help: '1 while the catalog takes no change', registers });
    registerNodeMetrics(registry, () => this.latest);
    this.lastNode = new Histogram({
      name: 'muster_commit_to_last_node_seconds',
      help: 'Time from the commit of a revision until every expected node had proven it',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
      registers,
    });
    const waiting: Gauge = new Gauge({
      name: 'muster_convergence_waits',
      help: 'Requests that wait for convergence',
      registers,
      collect: () => waiting.set(waits.count),
    });
    const watching: Gauge = new Gauge({
      name: 'muster_watchers',
      help: 'Clients that the board is told to as it changes (server-sent events)',
      registers,
      collect: () => watching.set(watchers.count),
    });
    board.observe({
      assessed: (assessment, converged) => this.take(assessment, converged),
      failed: () => {
        this.converged.set(0);
        this.databaseUp.set(0);
      },
    });
  }

  private take(assessment: Assessment, converged: readonly Converged[]): void {
    const { head, views, facts } = assessment;
    this.latest = assessment;
    this.databaseUp.set(1);
    this.frozen.set(facts.frozen === undefined ? 0 : 1);
    for (const state of Object.keys(NODE_STATES) as NodeState[]) {
      this.nodes.set({ state }, views.filter((view) => view.enrolled && view.state === state).length);
    }
    this.converged.set(assessment.answer().state === 'converged' ? 1 : 0);
    this.head.set(head.revision);
    const lags = expectedNodes(views).map((view) => lagOf(view, facts));
    this.lag.set(Math.max(0, ...lags.map(({ revisions }) => revisions)));
    this.lagSeconds.set(Math.max(0, ...lags.map(({ ms }) => ms)) / 1_000);
    for (const { tookMs } of converged) if (tookMs !== undefined) this.lastNode.observe(tookMs / 1000);
  }
}
