import type { ReplayOrder, ReplaySummary, ReplayView } from '@muster/contracts';
import { outboxTransaction, takeCommitLock } from './commit-lock.js';
import type { Database } from './database.js';
import { isUuid } from './is-uuid.js';
import { insertOrders, wakeNodes } from './order.store.js';
import { appendToOutbox } from './outbox.js';
import type { OutboxOptions } from './outbox.js';
import { countEvents, readEvents } from './replay-events.js';
import { resolveRange } from './replay-range.js';
import type { RangeBorder, RangeRefused, ReplayRange } from './replay-range.js';
import { readLatestReplays, readReplay } from './replay-view.js';
import { SNAPSHOT } from './snapshot.js';

/** Most events of one transaction, and so of one hold of the commit's lock. */
const BATCH_EVENTS = 1_000;

export interface ReplayDraft {
  readonly from: number;
  readonly to: number;
  /** Only the events of these; absent means all of the range. */
  readonly extensions?: readonly string[];
  /** For whom the events are marked; absent means all nodes. */
  readonly nodes?: readonly string[];
  readonly redeploy: boolean;
  /** The plan that the asker agreed to. */
  readonly planDigest?: string;
  readonly actor: string;
  readonly expiresAfterMs: number;
  /** The part of each node. */
  readonly orders: readonly { readonly node: string; readonly detail: Omit<ReplayOrder, 'replayId'> }[];
}

export interface CreatedReplay {
  readonly id: string;
  /** How many events the range holds: those that `publish` brings out again. */
  readonly events: number;
}

interface ReplayRow {
  from: number;
  to: number;
  extensions: string[] | null;
  nodes: string[] | null;
  lastRevision: number;
  lastPosition: number;
}

/** Replays: the events of a range, published again for recovery. The catalog is the archive, whatever the log still holds. */
export class ReplayStore {
  constructor(private readonly database: Database) {}

  range(from: RangeBorder, to?: RangeBorder): Promise<ReplayRange | RangeRefused> {
    return resolveRange(this.database, from, to);
  }

  /** The names of all extensions that a range of revisions changed, sorted; also of those that were removed since. */
  async extensionsOf({ from, to }: Pick<ReplayRange, 'from' | 'to'>): Promise<string[]> {
    const rows = await this.database.query<{ extension: string }>(
      `select distinct extension collate "C" as extension from revision_change where revision between $1 and $2 order by 1`,
      [from, to],
    );
    return rows.map(({ extension }) => extension);
  }

  /**
   * The replay and the orders of its nodes, in one transaction, with the message that wakes them. Its events are brought out
   * by `publish`.
   *
   * @throws CatalogError `lock-timeout`, `database-away`
   */
  create(draft: ReplayDraft, options: OutboxOptions = {}): Promise<CreatedReplay> {
    const { from, to, extensions, nodes, redeploy, planDigest, actor, expiresAfterMs, orders } = draft;
    return outboxTransaction(this.database, async (session) => {
      const events = await countEvents(session, draft);
      const [row] = await session.query<{ id: string }>(
        `insert into replay (from_revision, to_revision, extensions, nodes, redeploy, plan_digest, actor, events_total,
           expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9 * interval '1 millisecond') returning id`,
        [
          from,
          to,
          extensions === undefined ? null : JSON.stringify(extensions),
          nodes === undefined ? null : JSON.stringify(nodes),
          redeploy,
          planDigest ?? null,
          actor,
          events,
          expiresAfterMs,
        ],
      );
      if (row === undefined) throw new Error('an inserted replay came back without its id');
      const { id } = row;
      const parts = orders.map(({ node, detail }) => ({ node, detail: { replayId: id, ...detail } }));
      const asked = parts.map((part) => ({ ...part, kind: 'replay' as const, actor, expiresAfterMs }));
      await insertOrders(session, asked, id);
      await takeCommitLock(session);
      if (orders.length > 0) {
        await wakeNodes(
          session,
          orders.map(({ node }) => node),
          options,
        );
      }
      return { id, events };
    });
  }

  /** Replays whose events are not all in the outbox yet, the oldest first. */
  async unfinished(): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      'select id from replay where events < events_total order by created_at, id limit 100',
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Brings the next events of a replay out, in revision order, at most 1,000 in a transaction of their own; how many it was,
   * 0 when nothing is left. Any number may call it for one replay: they take turns.
   *
   * @throws CatalogError `lock-timeout`, `database-away`
   */
  publish(id: string, options: OutboxOptions = {}): Promise<number> {
    return outboxTransaction(this.database, async (session) => {
      const [replay] = await session.query<ReplayRow>(
        `select from_revision as "from", to_revision as "to", extensions, nodes, last_revision as "lastRevision",
           last_position as "lastPosition"
         from replay where id = $1 and events < events_total for no key update`,
        [id],
      );
      if (replay === undefined) return 0;
      const mark = { replayId: id, ...(replay.nodes !== null && { nodes: replay.nodes }) };
      const events = await readEvents(session, replay, BATCH_EVENTS);
      const last = events.at(-1);
      if (last === undefined) throw new Error(`the replay ${id} ended before its last event`);
      await takeCommitLock(session);
      const messages = events.map((event) => ({ revision: event.revision, payload: { ...event, ...mark } }));
      await appendToOutbox(session, messages, options);
      await session.query(
        'update replay set events = events + $2, last_revision = $3, last_position = $4 where id = $1',
        [id, events.length, last.revision, last.position],
      );
      return events.length;
    });
  }

  find(id: string): Promise<ReplayView | undefined> {
    if (!isUuid(id)) return Promise.resolve(undefined);
    return this.database.transaction((session) => readReplay(session, id), SNAPSHOT);
  }

  /** The newest first. */
  latest(limit: number): Promise<ReplaySummary[]> {
    return readLatestReplays(this.database, limit);
  }
}
