import { MusterError, type Convergence } from '@muster/contracts';
import type { Column } from '../live/columns.js';
import type { Among } from '../model/among.js';
import { converge } from '../model/converge.js';
import type { CatalogFacts, Goal, Head } from '../model/facts.js';
import type { NodeView } from '../model/node-view.js';
import type { Goals } from './goal-book.js';
import { nodeUnknown } from './unknown-names.js';

/** What was concluded at one moment of the database's clock. */
export class Assessment {
  private readonly answers = new Map<string, Convergence>();
  private byNode: ReadonlyMap<string, NodeView> | undefined;

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
   * What is asked for: the whole cluster at head, or one revision's own changes with what they need.
   *
   * @throws MusterError `revision-unknown`
   */
  goal(revision?: number): Goal {
    const goal = revision === undefined ? this.goals.whole : this.goals.revisions.get(revision);
    if (goal === undefined) throw revisionUnknown(revision ?? 0, this.head.revision);
    return goal;
  }

  /**
   * Where the whole cluster stands, or one revision that was asked for; reckoned once however many ask.
   *
   * @throws MusterError `revision-unknown`, `node-unknown`
   */
  answer(revision?: number, among: Among = {}): Convergence {
    const key = JSON.stringify([revision, among]);
    const known = this.answers.get(key);
    if (known !== undefined) return known;
    for (const node of among.nodes ?? []) this.view(node);
    const answer = converge(this.goal(revision), this.head, this.views, among);
    this.answers.set(key, answer);
    return answer;
  }

  /** @throws MusterError `node-unknown`, with the nearest names */
  view(node: string): NodeView {
    this.byNode ??= new Map(this.views.map((view) => [view.node, view]));
    const view = this.byNode.get(node);
    if (view === undefined) throw nodeUnknown(node, [...this.byNode.keys()]);
    return view;
  }
}

function revisionUnknown(revision: number, head: number): MusterError {
  return new MusterError('revision-unknown', `there is no revision ${revision}: the head is revision ${head}`, {
    limit: head,
    actual: revision,
    remedy: 'ask for a revision that an import or a removal has answered with, on this catalog',
  });
}
