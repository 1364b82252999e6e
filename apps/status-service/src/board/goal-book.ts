import { readColumns, type Column } from '../live/columns.js';
import type { CatalogFacts, Goal, Head } from '../model/facts.js';
import type { Queryable } from '../stores/database.js';
import {
  foldLater,
  readGoal,
  readLaterChanges,
  readWholeGoal,
  type LaterChange,
  type LoadedGoal,
} from '../stores/goal.store.js';

/** The goals of one moment. */
export interface Goals {
  readonly whole: Goal;
  /** What the head wants, by name of the extension. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Of those revisions that were asked for and that the catalog has. */
  readonly revisions: ReadonlyMap<number, Goal>;
}

/**
 * Goals are read once and then only brought up to date by what was committed since. A catalog whose head is not a
 * continuation of the one last seen (a restored database) makes everything be read again.
 */
export class GoalBook {
  private head: Head | undefined;
  private whole: Goal | undefined;
  private columns: ReadonlyMap<string, Column> | undefined;
  private goals = new Map<number, LoadedGoal>();

  /** The revision whose chain tells whether the catalog has gone on from where it was. */
  get lastRevision(): number {
    return this.head?.revision ?? 0;
  }

  continues({ head, chains }: CatalogFacts): boolean {
    const last = this.head;
    return last !== undefined && last.catalogId === head.catalogId && chains.get(last.revision) === last.chain;
  }

  /** Reads what is missing, within the snapshot that gave the facts. Nothing is kept where a read fails. */
  async refresh(session: Queryable, facts: CatalogFacts, asked: Iterable<number>): Promise<Goals> {
    const { head } = facts;
    const continues = this.continues(facts);
    const sameHead = continues && this.head?.revision === head.revision;
    const whole = sameHead && this.whole !== undefined ? this.whole : await readWholeGoal(session, head);
    const columns = sameHead && this.columns !== undefined ? this.columns : await readColumns(session);
    const changes = continues && !sameHead ? await readLaterChanges(session, this.lastRevision, head.revision) : [];
    const goals = new Map<number, LoadedGoal>();
    for (const revision of asked) {
      if (revision > head.revision) continue;
      const known = continues ? this.goals.get(revision) : undefined;
      goals.set(revision, await this.bringUpToDate(session, head, revision, known, changes));
    }
    this.head = head;
    this.whole = whole;
    this.columns = columns;
    this.goals = goals;
    return { whole, columns, revisions: goals };
  }

  /** A goal that has just been superseded is read again: another instance may have recorded that it had converged. */
  private async bringUpToDate(
    session: Queryable,
    head: Head,
    revision: number,
    known: LoadedGoal | undefined,
    changes: readonly LaterChange[],
  ): Promise<LoadedGoal> {
    if (known !== undefined && !changes.some(({ extension }) => known.own.has(extension))) {
      return foldLater(known, changes);
    }
    const goal = await readGoal(session, revision);
    return foldLater(goal, await readLaterChanges(session, revision, head.revision, [...goal.targets.keys()]));
  }
}
