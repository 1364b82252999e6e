import { EMPTY_CHAIN } from '@muster/contracts';
import type { RevisionView } from '@muster/contracts';
import { CHANGE_COLUMNS, asChange } from './change-row.js';
import type { ChangeRow } from './change-row.js';
import { commitRevision } from './commit-revision.js';
import type { Database, Queryable } from './database.js';
import { findTargets } from './revision-targets.js';
import type { RevisionTargets } from './revision-targets.js';
import type { CommitRefusalCode, CommitResult, RevisionDraft } from './revision-draft.js';
import { SNAPSHOT } from './snapshot.js';

/** The first later revision that changed one of the asked extensions. */
export interface Superseder {
  readonly revision: number;
  readonly extension: string;
}

/** What an import may find whose first attempt came through while its connection broke. */
const MAY_HAVE_COME_THROUGH: ReadonlySet<CommitRefusalCode> = new Set(['conflict', 'frozen', 'proposal-void']);

/** The history, and the one way to lengthen it. */
export class RevisionStore {
  constructor(private readonly database: Database) {}

  /**
   * Commits a draft: all of it or nothing, numbered in commit order. A refusal is a value and has changed nothing. The same
   * `importId` again gives the revision that it made. Throws `outcome-unknown`, `database-away`, `draft-invalid`.
   */
  async commit(draft: RevisionDraft): Promise<CommitResult> {
    const result = await commitRevision(this.database, draft);
    if (result.ok || !MAY_HAVE_COME_THROUGH.has(result.code)) return result;
    const earlier = await this.findImport(draft.importId);
    if (earlier === undefined) return result;
    const { revision, chain, rootDigest, committedAt, changes } = earlier;
    return { ok: true, revision, chain, rootDigest, committedAt, changes };
  }

  /** The revision that an import made; undefined where it has made none: then it never will, once its connection is dead. */
  async findImport(importId: string): Promise<RevisionView | undefined> {
    const [found] = await this.read('r.import_id = $1', [importId], 1);
    return found;
  }

  async find(revision: number): Promise<RevisionView | undefined> {
    const [found] = await this.read('r.number = $1', [revision], 1);
    return found;
  }

  /** The revisions after this one, oldest first, at most `limit`. */
  after(revision: number, limit: number): Promise<RevisionView[]> {
    return this.read('r.number > $1', [revision], limit);
  }

  /** The chain of a revision; undefined where this catalog does not have it. 0 gives the empty chain. */
  async chainAt(revision: number): Promise<string | undefined> {
    if (revision === 0) return EMPTY_CHAIN;
    const [row] = await this.database.query<{ chain: string }>('select chain from revision where number = $1', [
      revision,
    ]);
    return row?.chain;
  }

  /**
   * What a node must prove to have taken in revision R's own changes: the changed extensions and all that these need, as
   * they were at R. Undefined where this catalog does not have R.
   */
  targets(revision: number): Promise<RevisionTargets | undefined> {
    return this.database.transaction((session) => findTargets(session, revision), SNAPSHOT);
  }

  /** The first revision after R that changed one of these extensions; undefined where none has. */
  async firstChangeAfter(revision: number, extensions: readonly string[]): Promise<Superseder | undefined> {
    const [row] = await this.database.query<{ revision: number; extension: string }>(
      `select revision, extension from revision_change where revision > $1 and extension = any($2)
       order by revision, position limit 1`,
      [revision, [...extensions]],
    );
    return row;
  }

  /** Those of these names that any revision ever changed. */
  async everNamed(extensions: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ name: string }>(
      `select name from unnest($1::text[]) as asked (name)
       where exists (select from revision_change c where c.extension = asked.name)`,
      [[...extensions]],
    );
    return rows.map(({ name }) => name);
  }

  private async read(condition: string, values: readonly unknown[], limit: number): Promise<RevisionView[]> {
    return this.database.transaction(async (session) => {
      const rows = await session.query<RevisionRow>(
        `select r.number as revision, r.chain, r.root_digest as "rootDigest", r.import_id as "importId", r.actor,
           r.committed_at as "committedAt", r.published_at as "publishedAt"
         from revision r where ${condition} order by r.number limit ${Math.trunc(limit)}`,
        values,
      );
      const changes = await changesOf(
        session,
        rows.map(({ revision }) => revision),
      );
      return rows.map(({ committedAt, publishedAt, ...row }) => ({
        ...row,
        committedAt: committedAt.toISOString(),
        ...(publishedAt !== null && { publishedAt: publishedAt.toISOString() }),
        changes: changes.filter(({ revision }) => revision === row.revision).map(asChange),
      }));
    }, SNAPSHOT);
  }
}

interface RevisionRow extends Omit<RevisionView, 'committedAt' | 'publishedAt' | 'changes'> {
  committedAt: Date;
  publishedAt: Date | null;
}

function changesOf(session: Queryable, revisions: readonly number[]): Promise<(ChangeRow & { revision: number })[]> {
  return session.query(
    `select ${CHANGE_COLUMNS}, c.revision from revision_change c join package p on p.sha256 = c.sha256
     where c.revision = any($1::bigint[]) order by c.revision, c.position`,
    [[...revisions]],
  );
}
