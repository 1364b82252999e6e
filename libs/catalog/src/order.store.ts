import type { Queryable } from './database.js';

export type OrderKind = 'retry' | 'resync' | 'verify' | 'accept-catalog' | 'preview' | 'replay';

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

/** What nodes are told to do outside the normal way. Times are the database's. */
export class OrderStore {
  constructor(private readonly database: Queryable) {}

  /** The new order's id; its node is woken by `muster_order`. */
  async insert(order: NewOrder): Promise<string> {
    const { node, kind, detail, actor, expiresAfterMs } = order;
    const [row] = await this.database.query<{ id: string }>(
      `with made as (
         insert into node_order (node, kind, detail, actor, expires_at)
         values ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 millisecond') returning id
       )
       select id, pg_notify('muster_order', $1) from made`,
      [node, kind, JSON.stringify(detail ?? {}), actor, expiresAfterMs],
    );
    if (row === undefined) throw new Error('an inserted order came back without its id');
    return row.id;
  }

  /** Open and not expired, the oldest first. */
  async pending(node: string): Promise<NodeOrder[]> {
    const rows = await this.database.query<Omit<NodeOrder, 'createdAt'> & { createdAt: Date }>(
      `select id, node, kind, detail, actor, created_at as "createdAt" from node_order
       where node = $1 and done_at is null and expires_at > clock_timestamp() order by created_at, id`,
      [node],
    );
    return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
  }

  /** Marks it carried out; false where it was so already, or is not this login's. */
  async done(id: string, result: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
    const rows = await this.database.query(
      'update node_order set done_at = clock_timestamp(), result = $2 where id = $1 and done_at is null returning id',
      [id, JSON.stringify(result)],
    );
    return rows.length === 1;
  }
}
