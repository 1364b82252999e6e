import type { NodeAction } from '@muster/contracts';
import type { Queryable } from './database.js';

/** How long ago each moment was, in ms: the writer's clock may be wrong, its stop-watch is not. */
export interface ActionAges {
  readonly received?: number;
  readonly started: number;
  readonly fetched?: number;
  readonly staged?: number;
  readonly switched?: number;
  readonly deployed?: number;
  readonly proven?: number;
  /** When it was over, well or not. */
  readonly ended: number;
}

/** Something that an agent did, as it tells it; `seq` counts within its instance. */
export interface NewNodeAction extends Pick<NodeAction, 'extension' | 'kind' | 'action' | 'outcome' | 'detector'> {
  readonly seq: number;
  /** Absent for a removal that was found by the disk: the catalog is asked which one it was. */
  readonly revision?: number;
  /** The head that it was done for. */
  readonly head: number;
  readonly version?: string;
  readonly previousVersion?: string;
  readonly code?: string;
  readonly detail?: string;
  readonly agesMs: ActionAges;
}

/** What is kept of each node. */
const KEPT_PER_NODE = 10_000;

const AGES = ['received', 'started', 'fetched', 'staged', 'switched', 'deployed', 'proven', 'ended'] as const;
const MOMENTS = AGES.map((age) => `now.at - "${age}Ms" * interval '1 millisecond'`).join(', ');

/** What nodes did to their own storages, written by their agents. Readers are the status-service's. */
export class NodeActionStore {
  constructor(private readonly database: Queryable) {}

  /** Told once by (node, instance, seq): what was written before is left as it is. */
  async insert(node: string, instance: string, actions: readonly NewNodeAction[]): Promise<void> {
    if (actions.length === 0) return;
    await this.database.query(
      `insert into node_action (node, instance, seq, extension, kind, action, outcome, version, previous_version, detector,
         code, detail, revision, received_at, started_at, fetched_at, staged_at, switched_at, deployed_at, proven_at, at)
       select $1, $2, seq, extension, kind, action, outcome, version, "previousVersion", detector, code, detail,
         coalesce(a.revision, (
           select max(c.revision) from revision_change c
           where a.action = 'remove' and c.action = 'remove' and c.extension = a.extension and c.revision <= a.head
         )), ${MOMENTS}
       from (select clock_timestamp() as at) now, jsonb_to_recordset($3) as a (
         seq bigint, extension text, kind text, action text, outcome text, version text, "previousVersion" text,
         detector text, code text, detail text, revision bigint, head bigint,
         ${AGES.map((age) => `"${age}Ms" float8`).join(', ')}
       ) order by seq
       on conflict (node, instance, seq) do nothing`,
      [node, instance, JSON.stringify(actions.map(asRecord))],
    );
  }

  /** Forgets all but the latest of a node. */
  async thin(node: string, kept = KEPT_PER_NODE): Promise<void> {
    await this.database.query(
      `delete from node_action where node = $1 and id <= (
         select id from node_action where node = $1 order by id desc offset $2 limit 1
       )`,
      [node, kept],
    );
  }
}

function asRecord({ agesMs, ...action }: NewNodeAction): Record<string, unknown> {
  return { ...action, ...Object.fromEntries(AGES.map((age) => [`${age}Ms`, agesMs[age]])) };
}
