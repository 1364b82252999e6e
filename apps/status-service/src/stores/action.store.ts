import type { NodeAction } from '@muster/contracts';
import { time } from '../model/node-view.js';
import { RECURRING_COUNT } from '../model/recurring-drift.js';
import type { Queryable } from './database.js';

export interface ActionFilter {
  readonly node?: string;
  readonly extension?: string;
  readonly kind?: NodeAction['kind'];
  /** Only what was told before this one. */
  readonly before?: string;
}

const MOMENTS = ['received', 'started', 'fetched', 'staged', 'switched', 'deployed', 'proven'] as const;

export interface ActionRow {
  id: string;
  node: string;
  extension: string;
  kind: NodeAction['kind'];
  action: string;
  outcome: NodeAction['outcome'];
  revision: number | null;
  version: string | null;
  previousVersion: string | null;
  actor: string | null;
  detector: string;
  code: string | null;
  detail: string | null;
  atMs: number;
  /** By the name of the stage that ends with it, in ms of the database's clock. */
  moments: Partial<Record<(typeof MOMENTS)[number], number | null>>;
  recurring: number | null;
}

const COLUMNS = `
  a.id::text as id, a.node, a.extension, a.kind, a.action, a.outcome, a.revision::float8 as revision, a.version,
  a.previous_version as "previousVersion", a.detector, a.code, a.detail, (extract(epoch from a.at) * 1000)::float8 as "atMs",
  jsonb_build_object(${MOMENTS.map((name) => `'${name}', extract(epoch from a.${name}_at) * 1000`).join(', ')}) as moments`;

/** A correction tells how many there were of its kind in the ten minutes up to it. */
const HISTORY = `
  select ${COLUMNS}, case when a.kind = 'wanted-change' then r.actor end as actor,
    case when a.kind = 'drift-correction' then (
      select count(*)::integer from node_action b
      where b.node = a.node and b.extension = a.extension and b.kind = a.kind
        and b.at <= a.at and b.at > a.at - interval '10 minutes'
    ) end as recurring
  from node_action a left join revision r on r.number = a.revision
  where ($1::text is null or a.node = $1) and ($2::text is null or a.extension = $2)
    and ($3::text is null or a.kind = $3) and ($4::bigint is null or a.id < $4)
  order by a.id desc limit $5`;

const OF_REVISIONS = `
  select ${COLUMNS}, null as actor, null as recurring from node_action a
  where a.revision = any($1::bigint[]) and a.kind = 'wanted-change' order by a.id`;

/** What nodes say that they did. */
export class ActionStore {
  constructor(private readonly database: Queryable) {}

  /** Newest first. */
  async list({ node, extension, kind, before }: ActionFilter, limit: number): Promise<NodeAction[]> {
    const values = [node ?? null, extension ?? null, kind ?? null, before ?? null, limit];
    return (await this.database.query<ActionRow>(HISTORY, values)).map(asAction);
  }
}

/** The changes that these revisions led to, oldest first. */
export function readChangesOf(session: Queryable, revisions: readonly number[]): Promise<ActionRow[]> {
  return session.query<ActionRow>(OF_REVISIONS, [[...revisions]]);
}

function asAction(row: ActionRow): NodeAction {
  const { id, node, extension, kind, action, outcome, detector, moments, atMs, recurring } = row;
  const times = MOMENTS.flatMap((name) => {
    const ms = moments[name];
    return ms === null || ms === undefined ? [] : [[`${name}At`, time(ms)]];
  });
  return {
    id,
    node,
    extension,
    kind,
    action,
    outcome,
    detector,
    ...told(row),
    ...(Object.fromEntries(times) as Pick<NodeAction, 'startedAt'>),
    at: time(atMs),
    durationMs: Math.max(0, Math.round(atMs - (moments.started ?? atMs))),
    ...(recurring !== null && recurring >= RECURRING_COUNT && { recurring }),
  };
}

function told({ revision, version, previousVersion, actor, code, detail }: ActionRow): Partial<NodeAction> {
  return {
    ...(revision !== null && { revision }),
    ...(version !== null && { version }),
    ...(previousVersion !== null && { previousVersion }),
    ...(actor !== null && { actor }),
    ...(code !== null && { code }),
    ...(detail !== null && { detail }),
  };
}
