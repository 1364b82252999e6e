import type { ChangeAction, RevisionChange } from '@muster/contracts';
import { groupBy } from '../model/group-by.js';
import type { RevisionRecord } from '../model/timeline/revision-record.js';
import { readChangesOf } from './action.store.js';
import type { Database, Queryable } from './database.js';

interface RevisionRow {
  revision: number;
  actor: string;
  committedAtMs: number;
  publishedAtMs: number | null;
  convergedAtMs: number | null;
  traceparent: string | null;
}

interface ChangeRow {
  revision: number;
  action: ChangeAction;
  extension: string;
  version: string;
  sha256: string;
  sizeBytes: number;
  previousVersion: string | null;
  previousSha256: string | null;
}

const REVISIONS = `
  select r.number::float8 as revision, r.actor, r.traceparent,
    (extract(epoch from r.committed_at) * 1000)::float8 as "committedAtMs",
    (extract(epoch from r.published_at) * 1000)::float8 as "publishedAtMs",
    (extract(epoch from v.converged_at) * 1000)::float8 as "convergedAtMs"
  from revision r left join revision_convergence v on v.revision = r.number
  where ($1::bigint is null or r.number = $1) and ($2::bigint is null or r.number < $2)
  order by r.number desc limit $3`;

const CHANGES = `
  select c.revision::float8 as revision, c.action, c.extension, c.version, c.sha256, p.size_bytes::float8 as "sizeBytes",
    c.previous_version as "previousVersion", c.previous_sha256 as "previousSha256"
  from revision_change c join package p on p.sha256 = c.sha256
  where c.revision = any($1::bigint[]) order by c.revision, c.position`;

/** Revisions, newest first, and how they came to the nodes. */
export class PassageStore {
  constructor(private readonly database: Database) {}

  page(before: number | undefined, limit: number): Promise<RevisionRecord[]> {
    return this.read([null, before ?? null, limit]);
  }

  /** Undefined where the catalog does not have it. */
  async one(revision: number): Promise<RevisionRecord | undefined> {
    return (await this.read([revision, null, 1]))[0];
  }

  private read(values: readonly unknown[]): Promise<RevisionRecord[]> {
    return this.database.snapshot(async (session) => {
      const rows = await session.query<RevisionRow>(REVISIONS, values);
      const revisions = rows.map(({ revision }) => revision);
      const changes = groupBy(await readChanges(session, revisions), ({ revision }) => revision);
      const actions = groupBy(await readChangesOf(session, revisions), ({ revision }) => revision);
      return rows.map((row) => ({
        revision: row.revision,
        actor: row.actor,
        committedAtMs: row.committedAtMs,
        ...(row.publishedAtMs !== null && { publishedAtMs: row.publishedAtMs }),
        ...(row.convergedAtMs !== null && { convergedAtMs: row.convergedAtMs }),
        ...(row.traceparent !== null && { traceparent: row.traceparent }),
        changes: (changes.get(row.revision) ?? []).map(asChange),
        actions: actions.get(row.revision) ?? [],
      }));
    });
  }
}

function readChanges(session: Queryable, revisions: readonly number[]): Promise<ChangeRow[]> {
  return session.query<ChangeRow>(CHANGES, [[...revisions]]);
}

function asChange({ previousVersion, previousSha256, revision: _revision, ...change }: ChangeRow): RevisionChange {
  return {
    ...change,
    ...(previousVersion !== null && { previousVersion }),
    ...(previousSha256 !== null && { previousSha256 }),
  };
}
