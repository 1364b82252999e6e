import type { Queryable } from '../stores/database.js';
import type { Moments } from './stage-durations.js';

/** The change of that node which was the last to prove a revision. */
const LAST = `
  select (extract(epoch from r.committed_at) * 1000)::float8 as "committedAt",
    (extract(epoch from r.published_at) * 1000)::float8 as "publishedAt",
    (extract(epoch from a.received_at) * 1000)::float8 as "receivedAt",
    (extract(epoch from a.started_at) * 1000)::float8 as "startedAt",
    (extract(epoch from a.fetched_at) * 1000)::float8 as "fetchedAt",
    (extract(epoch from a.staged_at) * 1000)::float8 as "stagedAt",
    (extract(epoch from a.switched_at) * 1000)::float8 as "switchedAt",
    (extract(epoch from a.deployed_at) * 1000)::float8 as "deployedAt",
    (extract(epoch from a.proven_at) * 1000)::float8 as "provenAt"
  from node_action a join revision r on r.number = a.revision
  where a.revision = $1 and a.kind = 'wanted-change' and a.outcome = 'done' and a.proven_at is not null
  order by a.proven_at desc limit 1`;

/** Undefined where no node has told yet that it made a change for this revision. */
export async function readLastPassage(database: Queryable, revision: number): Promise<Moments | undefined> {
  return (await database.query<Moments>(LAST, [revision]))[0];
}
