import { isConverged } from '../model/converge.js';
import { expectedNodes, type NodeView } from '../model/node-view.js';
import type { Goal, Head } from '../model/facts.js';
import type { FirstConvergence, ProjectionStore } from '../stores/projection.store.js';

/** Most revisions that are watched: the latest. Older ones are answered when they are asked for. */
const MAX_OPEN = 200;

/** A revision that has just been proven everywhere for the first time. */
export interface Converged {
  readonly revision: number;
  /** Absent where another instance of this service was the first to record it: what is counted is counted there. */
  readonly tookMs?: number;
}

/** The revisions that have not converged yet: watched so that the moment in which one does is recorded. */
export class OpenRevisions {
  private open = new Set<number>();
  private seen: number | undefined;

  constructor(private readonly projection: ProjectionStore) {}

  get revisions(): Iterable<number> {
    return this.open;
  }

  /** Takes in what was committed since; everything again where the catalog is not a continuation. */
  async follow(head: Head, continues: boolean): Promise<void> {
    if (this.seen === undefined || !continues || head.revision - this.seen > MAX_OPEN) {
      this.open = new Set(await this.projection.unrecorded(MAX_OPEN));
    } else {
      for (let revision = this.seen + 1; revision <= head.revision; revision += 1) this.open.add(revision);
    }
    this.seen = head.revision;
    for (const revision of [...this.open].sort((a, b) => a - b).slice(0, -MAX_OPEN)) this.open.delete(revision);
  }

  /** Records those that are proven by every node now, and forgets those that never will be. */
  async settle(goals: ReadonlyMap<number, Goal>, head: Head, views: readonly NodeView[]): Promise<Converged[]> {
    const expected = expectedNodes(views);
    const proven: FirstConvergence[] = [];
    for (const revision of this.open) {
      const goal = goals.get(revision);
      if (goal === undefined) continue;
      if (isConverged(goal, head, expected)) proven.push({ revision, nodes: expected.length });
      else if (goal.supersededBy !== undefined) this.open.delete(revision);
    }
    if (proven.length === 0) return [];
    const recorded = await this.projection.record(proven);
    for (const { revision } of proven) this.open.delete(revision);
    const momentOf = new Map(recorded.map(({ revision, convergedAtMs }) => [revision, convergedAtMs]));
    return proven.map(({ revision }) => {
      const convergedAtMs = momentOf.get(revision);
      if (convergedAtMs === undefined) return { revision };
      const committedAtMs = goals.get(revision)?.committedAtMs ?? convergedAtMs;
      return { revision, tookMs: Math.max(0, convergedAtMs - committedAtMs) };
    });
  }
}
