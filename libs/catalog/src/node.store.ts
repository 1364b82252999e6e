import type { Hold } from '@muster/contracts';
import type { Database } from './database.js';
import { sqlState } from './database.js';
import { readInstructions } from './node-instructions.js';
import type { NodeInstructions } from './node-instructions.js';
import { asHold, pauseNode, PAUSE_COLUMNS, resumeNode } from './node-pause.js';
import type { PauseRow } from './node-pause.js';
import type { OutboxOptions } from './outbox.js';

export interface EnrolRequest {
  readonly node: string;
  /** Names the storage directory, whoever runs on it. */
  readonly storageId: string;
  /** New with every start of the agent. */
  readonly instance: string;
  readonly address?: string;
  /** How long the id is held without renewal. */
  readonly leaseMs: number;
  /**
   * Takes the id at once from a dead instance of the same storage, whose lease has not run out. Only for a caller that holds
   * the storage's own lock. Where the storage was copied with its id, the earlier holder learns by `renew` that it lost.
   */
  readonly sameStorageTakesOver?: boolean;
}

/** The holder of a node's id, as the refused one must name it. */
export interface NodeHolder {
  readonly storageId: string;
  readonly instance: string;
  readonly address?: string;
  /** RFC 3339, by the database's clock. */
  readonly leaseUntil: string;
}

/** `node-taken`: another living instance holds the id. `node-login`: another database login enrolled it. */
export type EnrolResult =
  | { readonly state: 'enrolled' }
  | {
      readonly state: 'refused';
      readonly code: 'node-taken' | 'node-login';
      readonly detail: string;
      readonly remedy: string;
      readonly holder?: NodeHolder;
    };

export interface ExpectedNode {
  readonly node: string;
  readonly storageId: string;
  readonly instance: string;
  readonly address?: string;
  /** RFC 3339. */
  readonly enrolledAt: string;
  readonly startedAt: string;
  /** Whether its lease still runs, by the database's clock. */
  readonly leased: boolean;
  readonly stoppedAt?: string;
  readonly paused?: Hold;
  /** How often its agent has started since it enrolled. */
  readonly starts: number;
}

/** A node that has enrolled, and may have been retired since. */
export interface EnrolledNode extends ExpectedNode {
  readonly retiredAt?: string;
}

const ROW_SECURITY = '42501';

const COLUMNS = `id, storage_id, instance, address, enrolled_at, started_at, stopped_at, starts, ${PAUSE_COLUMNS}`;

/** The nodes of the cluster. Every time is the database's: a node's own clock does not matter. */
export class NodeStore {
  constructor(private readonly database: Database) {}

  /** Takes the id for this instance, unless another holds it by a lease that still runs. A retired node is expected again. */
  async enrol(request: EnrolRequest): Promise<EnrolResult> {
    const { node, storageId, instance, address, leaseMs } = request;
    try {
      const rows = await this.database.query(
        `with enrolled as (
         insert into node (id, storage_id, instance, address, started_at, lease_until, starts)
         values ($1, $2, $3, $4, clock_timestamp(), clock_timestamp() + $5 * interval '1 millisecond', 1)
         on conflict (id) do update set storage_id = excluded.storage_id, instance = excluded.instance,
           address = excluded.address, started_at = excluded.started_at, lease_until = excluded.lease_until,
           stopped_at = null, retired_at = null,
           starts = node.starts + (node.instance <> excluded.instance)::int
         where node.instance = excluded.instance or node.lease_until <= clock_timestamp()
           or ($6 and node.storage_id = excluded.storage_id)
         returning id
         ), forgotten as (delete from node_refusal where node in (select id from enrolled))
         select id from enrolled`,
        [node, storageId, instance, address ?? null, leaseMs, request.sameStorageTakesOver ?? false],
      );
      return rows.length === 1 ? { state: 'enrolled' } : await this.refusal(request);
    } catch (error) {
      if (sqlState(error) !== ROW_SECURITY) throw error;
      return refusedLogin(node);
    }
  }

  /** What it is told outside the normal way. */
  instructions(node: string): Promise<NodeInstructions> {
    return readInstructions(this.database, node);
  }

  /** Lengthens the lease; false where another instance has the id now, or it was retired. */
  async renew(node: string, instance: string, leaseMs: number): Promise<boolean> {
    const rows = await this.database.query(
      `update node set lease_until = clock_timestamp() + $3 * interval '1 millisecond', stopped_at = null
       where id = $1 and instance = $2 and retired_at is null returning id`,
      [node, instance, leaseMs],
    );
    return rows.length === 1;
  }

  /** Gives the id up on a clean stop, so that the next start need not wait. With `retire` the node is no longer expected. */
  async release(node: string, instance: string, options: { readonly retire?: boolean } = {}): Promise<boolean> {
    const rows = await this.database.query(
      `update node set lease_until = clock_timestamp(), stopped_at = clock_timestamp(),
         retired_at = case when $3 then clock_timestamp() else retired_at end
       where id = $1 and instance = $2 returning id`,
      [node, instance, options.retire ?? false],
    );
    return rows.length === 1;
  }

  /** Stops expecting a node. `live` where its lease still runs: then nothing is changed. */
  async retire(node: string): Promise<'retired' | 'live' | 'unknown'> {
    const [row] = await this.database.query<{ live: boolean | null }>(
      `with retired as (
         update node set retired_at = coalesce(retired_at, clock_timestamp())
         where id = $1 and lease_until <= clock_timestamp() returning id
       )
       select not exists (select from retired) as live from node where id = $1`,
      [node],
    );
    if (row === undefined) return 'unknown';
    return row.live === true ? 'live' : 'retired';
  }

  /**
   * In maintenance it takes nothing; it is woken to say so. One that is paused already keeps the time since when. Undefined
   * where no such node has enrolled.
   *
   * @throws CatalogError `lock-timeout`, `database-away`; nothing was changed
   */
  pause(node: string, hold: Omit<Hold, 'since'>, options: OutboxOptions = {}): Promise<Hold | undefined> {
    return pauseNode(this.database, node, hold, options);
  }

  /** Ends it, and wakes the node; false where no such node has enrolled. Throws as `pause` does. */
  resume(node: string, options: OutboxOptions = {}): Promise<boolean> {
    return resumeNode(this.database, node, options);
  }

  /** Enrolled and not retired, sorted by id: these count for convergence, seen lately or not. */
  async expected(): Promise<ExpectedNode[]> {
    const rows = await this.database.query<NodeRow>(
      `select ${COLUMNS}, lease_until > clock_timestamp() as leased
       from node where retired_at is null order by id collate "C"`,
    );
    return rows.map(asExpected);
  }

  /** Those of the named nodes that have enrolled, the retired ones too. */
  async find(nodes: readonly string[]): Promise<EnrolledNode[]> {
    const rows = await this.database.query<NodeRow & { retired_at: Date | null }>(
      `select ${COLUMNS}, retired_at, lease_until > clock_timestamp() as leased
       from node where id = any($1) order by id collate "C"`,
      [[...nodes]],
    );
    return rows.map((row) => ({
      ...asExpected(row),
      ...(row.retired_at !== null && { retiredAt: row.retired_at.toISOString() }),
    }));
  }

  private async refusal(request: EnrolRequest): Promise<EnrolResult> {
    const { node, storageId, instance } = request;
    const [row] = await this.database.query<NodeRow>(
      'select id, storage_id, instance, address, lease_until from node where id = $1',
      [node],
    );
    const holder: NodeHolder | undefined = row && {
      storageId: row.storage_id,
      instance: row.instance,
      leaseUntil: row.lease_until.toISOString(),
      ...(row.address !== null && { address: row.address }),
    };
    const by = holder
      ? `storage ${holder.storageId}, instance ${holder.instance}${holder.address ? ` at ${holder.address}` : ''}, until ${holder.leaseUntil}`
      : 'an instance that has just changed';
    return {
      state: 'refused',
      code: 'node-taken',
      detail: `the node id ${node} is asked for by storage ${storageId}, instance ${instance}, but held by ${by}`,
      remedy: 'give each server a MUSTER_NODE of its own; after a crash the lease runs out by itself',
      ...(holder && { holder }),
    };
  }
}

interface NodeRow extends PauseRow {
  id: string;
  storage_id: string;
  instance: string;
  address: string | null;
  enrolled_at: Date;
  started_at: Date;
  stopped_at: Date | null;
  lease_until: Date;
  leased: boolean;
  starts: number;
}

function asExpected(row: NodeRow): ExpectedNode {
  const paused = asHold(row);
  return {
    node: row.id,
    storageId: row.storage_id,
    instance: row.instance,
    enrolledAt: row.enrolled_at.toISOString(),
    startedAt: row.started_at.toISOString(),
    leased: row.leased,
    starts: row.starts,
    ...(row.address !== null && { address: row.address }),
    ...(row.stopped_at !== null && { stoppedAt: row.stopped_at.toISOString() }),
    ...(paused !== undefined && { paused }),
  };
}

function refusedLogin(node: string): EnrolResult {
  return {
    state: 'refused',
    code: 'node-login',
    detail: `the node id ${node} was enrolled by another database login, and this one may not speak for it`,
    remedy: 'use the login that enrolled it, or let the owner of the database set node.login',
  };
}
