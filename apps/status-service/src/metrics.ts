import { NODE_STATES, type NodeState } from '@muster/contracts';
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Assessment } from './board/assessment.js';
import type { Board } from './board/board.js';
import type { Converged } from './board/open-revisions.js';
import type { Waits } from './board/waits.js';
import { expectedNodes } from './model/node-view.js';

/** What the board concludes, as numbers. While nothing can be concluded the cluster counts as not converged. */
export class StatusMetrics {
  private readonly nodes: Gauge<'state'>;
  private readonly converged: Gauge;
  private readonly head: Gauge;
  private readonly lag: Gauge;
  private readonly lastNode: Histogram;

  constructor(registry: Registry, board: Board, waits: Waits) {
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
    board.observe({
      assessed: (assessment, converged) => this.take(assessment, converged),
      failed: () => this.converged.set(0),
    });
  }

  private take(assessment: Assessment, converged: readonly Converged[]): void {
    const { head, views } = assessment;
    for (const state of Object.keys(NODE_STATES) as NodeState[]) {
      this.nodes.set({ state }, views.filter((view) => view.enrolled && view.state === state).length);
    }
    this.converged.set(assessment.answer().state === 'converged' ? 1 : 0);
    this.head.set(head.revision);
    const behind = expectedNodes(views).map(({ heard }) => head.revision - (heard?.report.revision ?? 0));
    this.lag.set(Math.max(0, ...behind));
    for (const { tookMs } of converged) this.lastNode.observe(tookMs / 1000);
  }
}
