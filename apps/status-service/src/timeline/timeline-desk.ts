import { MusterError, type RevisionPassage, type Timeline } from '@muster/contracts';
import type { Board } from '../board/board.js';
import { groupBy } from '../model/group-by.js';
import { expectedNodes, time, type NodeView } from '../model/node-view.js';
import { passage } from '../model/timeline/passage.js';
import type { RecordedAction, RevisionRecord } from '../model/timeline/revision-record.js';
import type { PassageStore } from '../stores/passage.store.js';

/** Tells how revisions came to the nodes. */
export class TimelineDesk {
  constructor(
    private readonly store: PassageStore,
    private readonly board: Board,
  ) {}

  /** Newest first; `next` is the `before` of the next page. @throws MusterError `database-away` */
  async page(before: number | undefined, limit: number): Promise<Timeline> {
    const { views } = await this.board.look();
    const records = await this.store.page(before, limit + 1);
    const shown = records.slice(0, limit);
    const last = shown.at(-1);
    return {
      revisions: shown.map((record) => asPassage(record, views)),
      ...(records.length > limit && last !== undefined && { next: last.revision }),
    };
  }

  /** @throws MusterError `revision-unknown`, `database-away` */
  async one(revision: number): Promise<RevisionPassage> {
    const { views, head } = await this.board.look();
    const record = await this.store.one(revision);
    if (record !== undefined) return asPassage(record, views);
    throw new MusterError('revision-unknown', `there is no revision ${revision}`, {
      limit: head.revision,
      actual: revision,
      remedy: 'GET /timeline lists them',
    });
  }
}

function asPassage(record: RevisionRecord, views: readonly NodeView[]): RevisionPassage {
  const { revision, actor, committedAtMs, publishedAtMs, convergedAtMs, traceparent, changes } = record;
  const byNode = groupBy(record.actions, ({ node }) => node);
  const nodes = views.filter((view) => byNode.has(view.node) || expectedNodes([view]).length > 0);
  return {
    revision,
    actor,
    committedAt: time(committedAtMs),
    ...(publishedAtMs !== undefined && { publishedAt: time(publishedAtMs) }),
    ...(convergedAtMs !== undefined && { convergedAt: time(convergedAtMs) }),
    ...(traceparent !== undefined && { traceparent }),
    changes: [...changes],
    nodes: nodes.map((view) => passage(record, view, byNode.get(view.node) ?? NONE)),
  };
}

const NONE: readonly RecordedAction[] = [];
