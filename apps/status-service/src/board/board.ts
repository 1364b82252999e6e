import type { Ages, Heard } from '../model/facts.js';
import { nextChangeMs, viewNodes, type NodeView } from '../model/node-view.js';
import type { Database } from '../stores/database.js';
import { readFacts } from '../stores/facts.store.js';
import type { ProjectionStore } from '../stores/projection.store.js';
import { Assessment } from './assessment.js';
import { GoalBook } from './goal-book.js';
import type { LatestReports } from './latest-reports.js';
import type { Converged, OpenRevisions } from './open-revisions.js';
import { Rounds } from './rounds.js';
import { isDatabaseAway, withinDeadline, type Sight } from './sight.js';

/** Told of every round; what it throws is a bug. */
export interface BoardObserver {
  assessed?(assessment: Assessment, converged: readonly Converged[]): void;
  failed?(error: unknown): void;
}

export interface BoardOptions {
  readonly ages: Ages;
  /** The longest time between two looks at the catalog: the guarantee behind all notifications. */
  readonly pollIntervalMs: number;
}

/** While nobody waits, reports that come close together are taken in at once. */
const CALM_MS = 100;
const RETRY_MS = 1_000;
/** While a proposal is open: how far its nodes are is written to the catalog, and nothing tells of it. */
const PROPOSAL_MS = 500;
/** A timer must not fire before the database's clock agrees that the moment has come. */
const CLOCK_GRACE_MS = 5;

/**
 * Concludes from reports and catalog where the cluster stands. All conclusions are drawn in rounds, one at a time: read the
 * catalog in one snapshot, judge the reports that are known by then, keep what was concluded, tell the observers. Rounds are
 * asked for by requests, by reports, by revisions, and by the clock for the next moment at which silence changes something.
 */
export class Board {
  private readonly book = new GoalBook();
  private readonly observers = new Set<BoardObserver>();
  private readonly asked = new Map<number | undefined, number>();
  private readonly saved = new Map<string, string>();
  private readonly rounds: Rounds<Assessment>;
  private latest: { readonly assessment: Assessment; readonly at: number } | undefined;
  private awaySince: number | undefined;

  constructor(
    private readonly database: Database,
    private readonly projection: ProjectionStore,
    private readonly reports: LatestReports,
    private readonly open: OpenRevisions,
    private readonly options: BoardOptions,
  ) {
    this.rounds = new Rounds(() => this.assess());
  }

  observe(observer: BoardObserver): void {
    this.observers.add(observer);
  }

  /** Takes a report in; false where it is an old one. */
  hear(heard: Heard): boolean {
    const news = this.reports.take(heard);
    if (news) this.wake();
    return news;
  }

  /** Something may have changed: look soon. */
  wake(): void {
    this.rounds.soon(this.asked.size > 0 ? 0 : CALM_MS);
  }

  /** Keeps a revision among those that every round judges (none: the whole cluster, always judged) until released. */
  retain(revision: number | undefined): void {
    this.asked.set(revision, (this.asked.get(revision) ?? 0) + 1);
  }

  release(revision: number | undefined): void {
    const count = (this.asked.get(revision) ?? 0) - 1;
    if (count > 0) this.asked.set(revision, count);
    else this.asked.delete(revision);
  }

  /** What a round concludes that begins after this call. @throws MusterError `database-away` */
  look(): Promise<Assessment> {
    return this.rounds.fresh();
  }

  /**
   * What `look` concludes, or, while the database is away, what was concluded last.
   *
   * @throws MusterError `database-away` where nothing has been concluded yet
   */
  async see(): Promise<Sight> {
    try {
      const assessment = await withinDeadline(this.look());
      return { assessment, nowMs: assessment.facts.nowMs };
    } catch (error) {
      if (this.latest === undefined || !isDatabaseAway(error)) throw error;
      const { assessment, at } = this.latest;
      const nowMs = assessment.facts.nowMs + (performance.now() - at);
      const awayMs = performance.now() - (this.awaySince ?? performance.now());
      return { assessment, nowMs, away: { sinceMs: nowMs - awayMs, detail: error.message } };
    }
  }

  close(): Promise<void> {
    return this.rounds.close();
  }

  private async assess(): Promise<Assessment> {
    try {
      const assessment = await this.conclude();
      this.latest = { assessment, at: performance.now() };
      this.awaySince = undefined;
      const ahead = nextChangeMs(assessment.views, assessment.facts.nowMs, this.options.ages);
      const waitMs = ahead === undefined ? Infinity : ahead - assessment.facts.nowMs + CLOCK_GRACE_MS;
      const pollMs = assessment.facts.proposals.length > 0 ? PROPOSAL_MS : this.options.pollIntervalMs;
      this.rounds.soon(Math.min(waitMs, pollMs, this.options.pollIntervalMs));
      return assessment;
    } catch (error) {
      this.awaySince ??= performance.now();
      for (const observer of this.observers) observer.failed?.(error);
      this.rounds.soon(RETRY_MS);
      throw error;
    }
  }

  private async conclude(): Promise<Assessment> {
    const { facts, goals, heard } = await this.read();
    const views = viewNodes(facts, heard, this.options.ages);
    await this.save(views, facts.head.catalogId);
    const converged = await this.open.settle(goals.revisions, facts.head, views);
    const assessment = new Assessment(facts, views, goals);
    for (const observer of this.observers) observer.assessed?.(assessment, converged);
    return assessment;
  }

  private read() {
    // What is heard meanwhile is for the next round: of its chain this snapshot was not asked.
    const heard = new Map(this.reports.all);
    return this.database.snapshot(async (session) => {
      const reported = [...heard.values()].map(({ report }) => report.revision);
      const facts = await readFacts(session, [...new Set([0, ...reported, this.book.lastRevision])]);
      const continues = this.book.continues(facts);
      await this.open.follow(facts.head, continues);
      const asked = new Set(this.open.revisions);
      for (const revision of this.asked.keys()) if (revision !== undefined) asked.add(revision);
      return { facts, heard, goals: await this.book.refresh(session, facts, asked) };
    });
  }

  /** Only what differs from what was written last. */
  private async save(views: readonly NodeView[], catalogId: string): Promise<void> {
    const marks = new Map(views.map((view) => [view, markOf(view, catalogId)]));
    const changed = views.filter((view) => this.saved.get(view.node) !== marks.get(view));
    await this.projection.save(changed);
    for (const view of changed) this.saved.set(view.node, marks.get(view) ?? '');
  }
}

function markOf({ state, inSync, sinceMs, enrolled, heard }: NodeView, catalogId: string): string {
  return [catalogId, state, inSync, sinceMs, enrolled, heard?.report.instance, heard?.report.seq].join(' ');
}
