import type { OrderKind, OrderView, OrdersGiven } from '@muster/contracts';
import { outboxTransaction, takeCommitLock } from './commit-lock.js';
import type { Database, Session } from './database.js';
import { isUuid } from './is-uuid.js';
import { appendToOutbox } from './outbox.js';
import type { OutboxOptions } from './outbox.js';

export interface NewOrder {
  readonly node: string;
  readonly kind: OrderKind;
  /** What exactly: extensions, range, whether hooks run again. */
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly actor: string;
  /** After this it is no longer carried out. */
  readonly expiresAfterMs: number;
}

export interface NodeOrder {
  readonly id: string;
  readonly node: string;
  readonly kind: OrderKind;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly actor: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Where an order stands, with what is known of its node at the same moment. */
export interface OrderProgress {
  readonly id: string;
  readonly node: string;
  readonly done: boolean;
  readonly result: unknown;
  /** Whether its node's lease still runs. */
  readonly leased: boolean;
}

interface OrderRow extends Omit<NodeOrder, 'createdAt'> {
  createdAt: Date;
  expiresAt: Date;
  doneAt: Date | null;
  result: Record<string, unknown> | null;
  expired: boolean;
}

const COLUMNS = `id, node, kind, detail, actor, created_at as "createdAt", expires_at as "expiresAt", done_at as "doneAt",
  result, expires_at <= clock_timestamp() as expired`;

/** What nodes are told to do outside the normal way. Times are the database's. */
export class OrderStore {
  constructor(private readonly database: Database) {}

  /** One order; see `give`. */
  async insert(order: NewOrder, options: OutboxOptions = {}): Promise<string> {
    const [id] = await this.give([order], options);
    if (id === undefined) throw new Error('an inserted order came back without its id');
    return id;
  }

  /**
   * New orders, all or none, and with them the message in the event log that wakes their nodes; their ids, as they were given.
   *
   * @throws CatalogError `lock-timeout`, `database-away`
   */
  give(orders: readonly NewOrder[], options: OutboxOptions = {}): Promise<string[]> {
    if (orders.length === 0) return Promise.resolve([]);
    return outboxTransaction(this.database, async (session) => {
      const ids = await insertOrders(session, orders);
      await takeCommitLock(session);
      await wakeNodes(
        session,
        orders.map(({ node }) => node),
        options,
      );
      return ids;
    });
  }

  /** Marks it carried out; false where it was so already, or is not this login's. */
  async done(id: string, result: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
    const rows = await this.database.query(
      'update node_order set done_at = clock_timestamp(), result = $2 where id = $1 and done_at is null returning id',
      [id, JSON.stringify(result)],
    );
    return rows.length === 1;
  }

  /** Of these orders, in no order. */
  progress(ids: readonly string[]): Promise<OrderProgress[]> {
    return this.database.query(
      `select o.id, o.node, o.done_at is not null as done, o.result,
         coalesce(n.lease_until > clock_timestamp(), false) as leased
       from node_order o left join node n on n.id = o.node where o.id = any($1::uuid[])`,
      [[...ids]],
    );
  }

  /** The latest orders of a node, carried out or not, the newest first. */
  async latest(node: string, limit: number): Promise<OrderView[]> {
    const rows = await this.database.query<OrderRow>(
      `select ${COLUMNS} from node_order where node = $1 order by created_at desc, id limit $2`,
      [node, limit],
    );
    return rows.map(asView);
  }

  async find(node: string, id: string): Promise<OrderView | undefined> {
    if (!isUuid(id)) return undefined;
    const [row] = await this.database.query<OrderRow>(`select ${COLUMNS} from node_order where id = $1 and node = $2`, [
      id,
      node,
    ]);
    return row && asView(row);
  }
}

/** Ids in the order of the orders. With `replay` they are its parts, and expire with it. */
export async function insertOrders(session: Session, orders: readonly NewOrder[], replay?: string): Promise<string[]> {
  const rows = await session.query<{ id: string }>(
    `with asked as (
       select gen_random_uuid() as id, o.* from
         unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[]) with ordinality
           as o (node, kind, detail, actor, expires_after_ms, n)
     ), given as (
       insert into node_order (id, node, kind, detail, actor, expires_at, replay)
       select id, node, kind, detail::jsonb, actor,
         coalesce(r.expires_at, clock_timestamp() + expires_after_ms * interval '1 millisecond'), r.replay
       from asked left join (select id as replay, expires_at from replay where id = $6) r on true
     )
     select id from asked order by n`,
    [
      orders.map(({ node }) => node),
      orders.map(({ kind }) => kind),
      orders.map(({ detail }) => JSON.stringify(detail ?? {})),
      orders.map(({ actor }) => actor),
      orders.map(({ expiresAfterMs }) => expiresAfterMs),
      replay ?? null,
    ],
  );
  return rows.map(({ id }) => id);
}

/** Wakes the nodes through whichever log carries the events. Under the commit's lock only. */
export async function wakeNodes(session: Session, nodes: readonly string[], options: OutboxOptions): Promise<void> {
  const [catalog] = await session.query<{ id: string }>('select id from catalog');
  if (catalog === undefined) throw new Error('the table catalog has lost its row');
  const payload: OrdersGiven = {
    type: 'OrdersGiven',
    schemaVersion: 1,
    catalogId: catalog.id,
    nodes: [...new Set(nodes)],
  };
  await appendToOutbox(session, [{ payload }], options);
}

function asView({ detail, createdAt, expiresAt, doneAt, result, expired, ...row }: OrderRow): OrderView {
  const { extensions } = detail;
  return {
    ...row,
    state: doneAt !== null ? 'done' : expired ? 'expired' : 'open',
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    ...(Array.isArray(extensions) && { extensions: extensions.map(String) }),
    ...(doneAt !== null && { doneAt: doneAt.toISOString() }),
    ...(result !== null && { result }),
  };
}
