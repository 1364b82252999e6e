import { STAGES, type NodePassage, type RevisionPassage } from '@muster/contracts';
import { Histogram, type Registry } from 'prom-client';
import type { BoardObserver } from '../board/board.js';
import type { Converged } from '../board/open-revisions.js';

/** Nodes prove first and write down after that what they did. */
const WRITTEN_WITHIN_MS = [2_000, 10_000];

/** Where the time went from the commit of a revision until its last node had proven it, once for each revision. */
export class StageMetrics implements BoardObserver {
  private readonly stages: Histogram<'stage'>;
  private readonly timers = new Set<NodeJS.Timeout>();
  private closed = false;

  constructor(
    registry: Registry,
    private readonly passageOf: (revision: number) => Promise<RevisionPassage>,
    private readonly waitsMs: readonly number[] = WRITTEN_WITHIN_MS,
  ) {
    this.stages = new Histogram({
      name: 'muster_convergence_stage_seconds',
      help: 'Time by stage on the node that was the last to prove a revision; the stages add up to commit to last node',
      labelNames: ['stage'],
      buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers: [registry],
    });
    for (const stage of STAGES) this.stages.zero({ stage });
  }

  assessed(_assessment: unknown, converged: readonly Converged[]): void {
    for (const { revision, tookMs } of converged) if (tookMs !== undefined) this.lookLater(revision, this.waitsMs);
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
  }

  private lookLater(revision: number, [waitMs, ...later]: readonly number[]): void {
    if (waitMs === undefined || this.closed) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      // A database that is away costs this figure and nothing else.
      this.look(revision, { isLastLook: later.length === 0 }).then(
        (isTold) => isTold || this.lookLater(revision, later),
        () => this.lookLater(revision, later),
      );
    }, waitMs).unref();
    this.timers.add(timer);
  }

  /** While a node has not told what it did, the last one may be that node: only the last look takes what there is. */
  private async look(revision: number, { isLastLook }: { readonly isLastLook: boolean }): Promise<boolean> {
    const { nodes } = await this.passageOf(revision);
    const told = nodes.filter(({ stages }) => stages !== undefined);
    if (told.length < nodes.length && !isLastLook) return false;
    const last = slowestOf(told);
    if (last?.stages === undefined) return false;
    for (const stage of STAGES) this.stages.observe({ stage }, last.stages[stage] / 1_000);
    return true;
  }
}

function slowestOf(nodes: readonly NodePassage[]): NodePassage | undefined {
  return nodes.toSorted((one, other) => (other.totalMs ?? 0) - (one.totalMs ?? 0))[0];
}
