import { nodeReportSchema } from '@muster/contracts';
import type { Heard } from '../model/facts.js';
import { time, type NodeView } from '../model/node-view.js';
import type { Database } from './database.js';

/** A revision that every expected node has proven for the first time. */
export interface FirstConvergence {
  readonly revision: number;
  readonly nodes: number;
}

const SAVE = `
  insert into node_status as kept (node, state, since, instance, revision, root_digest, in_sync, proven_at, reason, detail)
  select node, state, since, instance, revision, root_digest, in_sync, proven_at, reason, detail
  from jsonb_to_recordset($1::jsonb) as seen (node text, state text, since timestamptz, instance text, revision bigint,
    root_digest text, in_sync boolean, proven_at timestamptz, reason text, detail jsonb)
  order by node
  on conflict (node) do update set state = excluded.state, instance = excluded.instance, revision = excluded.revision,
    root_digest = excluded.root_digest, in_sync = excluded.in_sync, proven_at = excluded.proven_at,
    reason = excluded.reason, detail = excluded.detail, updated_at = clock_timestamp(),
    since = case when kept.state = excluded.state and kept.in_sync = excluded.in_sync then kept.since
                 else excluded.since end
  where kept.detail ->> 'receivedAtMs' is null
     or (kept.detail ->> 'receivedAtMs')::float8 <= (excluded.detail ->> 'receivedAtMs')::float8`;

const RECORD = `
  insert into revision_convergence (revision, nodes)
  select revision, nodes from jsonb_to_recordset($1::jsonb) as seen (revision bigint, nodes integer)
  where exists (select from revision r where r.number = seen.revision)
  order by revision
  on conflict (revision) do nothing
  returning revision::float8 as revision, (extract(epoch from converged_at) * 1000)::float8 as "convergedAtMs"`;

/** The read models of this service: what it has concluded, so that a restart and a second instance tell the same. */
export class ProjectionStore {
  constructor(private readonly database: Database) {}

  /** The reports that were known when the service last ran: for a log that has forgotten them. */
  async heard(): Promise<Heard[]> {
    const rows = await this.database.query<{ report: unknown; receivedAtMs: number | null }>(
      `select detail -> 'report' as report, (detail ->> 'receivedAtMs')::float8 as "receivedAtMs" from node_status`,
    );
    return rows.flatMap(({ report, receivedAtMs }) => {
      const parsed = nodeReportSchema.safeParse(report);
      return parsed.success && receivedAtMs !== null ? [{ report: parsed.data, receivedAtMs }] : [];
    });
  }

  /**
   * An instance that has heard less never overwrites what another concluded from a later report. Enrolled nodes only: a
   * stranger's report is shown while it is heard, and kept nowhere.
   */
  async save(views: readonly NodeView[]): Promise<void> {
    const rows = views.filter(({ enrolled }) => enrolled).map(asRow);
    if (rows.length > 0) await this.database.query(SAVE, [JSON.stringify(rows)]);
  }

  /** Those that this call was the first to record, with the time. */
  async record(found: readonly FirstConvergence[]): Promise<{ revision: number; convergedAtMs: number }[]> {
    return this.database.query(RECORD, [JSON.stringify(found)]);
  }

  /** The latest revisions that nobody has recorded as converged, at most `limit`. */
  async unrecorded(limit: number): Promise<number[]> {
    const rows = await this.database.query<{ revision: number }>(
      `select r.number::float8 as revision from revision r
       where not exists (select from revision_convergence v where v.revision = r.number)
       order by r.number desc limit $1`,
      [limit],
    );
    return rows.map(({ revision }) => revision);
  }
}

function asRow(view: NodeView): Record<string, unknown> {
  const report = view.heard?.report;
  return {
    node: view.node,
    state: view.state,
    since: time(view.sinceMs),
    instance: report?.instance ?? null,
    revision: report?.revision ?? 0,
    root_digest: report?.rootDigest ?? null,
    in_sync: view.inSync,
    proven_at: view.provenAtMs === undefined ? null : time(view.provenAtMs),
    reason: view.reason ?? null,
    detail: view.heard === undefined ? {} : { report: view.heard.report, receivedAtMs: view.heard.receivedAtMs },
  };
}
