import { MusterError, type Convergence } from '@muster/contracts';
import type { Column } from '../live/columns.js';
import { converge } from '../model/converge.js';
import type { CatalogFacts, Head } from '../model/facts.js';
import type { NodeView } from '../model/node-view.js';
import type { Goals } from './goal-book.js';

/** What was concluded at one moment of the database's clock. */
export class Assessment {
  private readonly answers = new Map<number | undefined, Convergence>();

  constructor(
    readonly facts: CatalogFacts,
    readonly views: readonly NodeView[],
    private readonly goals: Goals,
  ) {}

  get head(): Head {
    return this.facts.head;
  }

  /** What the head wants, by name of the extension. */
  get columns(): ReadonlyMap<string, Column> {
    return this.goals.columns;
  }

  /**
   * Where the whole cluster stands, or one revision that was asked for; reckoned once however many ask.
   *
   * @throws MusterError `revision-unknown`
   */
  answer(revision?: number): Convergence {
    const known = this.answers.get(revision);
    if (known !== undefined) return known;
    const goal = revision === undefined ? this.goals.whole : this.goals.revisions.get(revision);
    if (goal === undefined) throw revisionUnknown(revision ?? 0, this.head.revision);
    const answer = converge(goal, this.head, this.views);
    this.answers.set(revision, answer);
    return answer;
  }
}

function revisionUnknown(revision: number, head: number): MusterError {
  return new MusterError('revision-unknown', `there is no revision ${revision}: the head is revision ${head}`, {
    limit: head,
    actual: revision,
    remedy: 'ask for a revision that an import or a removal has answered with, on this catalog',
  });
}
