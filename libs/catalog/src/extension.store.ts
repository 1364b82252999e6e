import type { Dependency, ExtensionDetail, ExtensionSummary, PackageMetadata, RevisionChange } from '@muster/contracts';
import type { Database, Queryable } from './database.js';
import { CHANGE_COLUMNS, asChange } from './change-row.js';
import type { ChangeRow } from './change-row.js';
import { SNAPSHOT } from './snapshot.js';
import { knownVersions } from './version.store.js';

interface SummaryRow extends Omit<ExtensionSummary, 'vendor' | 'description'> {
  vendor: string | null;
  description: string | null;
}

/** An installed extension that names another one as needed. */
export interface Dependant {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly needs: Dependency;
}

const SUMMARY = `e.name, p.version, p.sha256, p.size_bytes as "sizeBytes", p.unpacked_bytes as "unpackedBytes", e.revision,
  p.tree_digest as "treeDigest", p.metadata->>'vendor' as vendor, p.metadata->>'description' as description`;

const FROM = 'from extension e join package p on p.sha256 = e.sha256';

/** Most history that a detail carries: the latest versions and changes. */
const HISTORY_LIMIT = 200;

/** An extension at head, with what its package says of itself, entities and files aside. */
export interface DescribedExtension {
  readonly name: string;
  readonly version: string;
  readonly metadata: Omit<PackageMetadata, 'entities' | 'fileResources'>;
}

/** The extensions at head, as the REST interface shows them. */
export class ExtensionStore {
  constructor(private readonly database: Database) {}

  /** Sorted by name. */
  async list(): Promise<ExtensionSummary[]> {
    const rows = await this.database.query<SummaryRow>(`select ${SUMMARY} ${FROM} order by e.name collate "C"`);
    return rows.map(asSummary);
  }

  /** Sorted by name. */
  described(): Promise<DescribedExtension[]> {
    return this.database.query<DescribedExtension>(
      `select e.name, p.version, p.metadata - 'entities' - 'fileResources' as metadata ${FROM}
       order by e.name collate "C"`,
    );
  }

  /** Who needs one of these extensions directly, with the least version that each names; sorted by name. */
  dependants(names: readonly string[]): Promise<Dependant[]> {
    return this.database.query<Dependant>(
      `select e.name, p.version, p.sha256, needed as needs
       ${FROM} cross join lateral jsonb_array_elements(p.depends_on) as needed
       where needed->>'name' = any($1) order by e.name collate "C", needed->>'name' collate "C"`,
      [[...names]],
    );
  }

  /** With its latest 200 versions and changes, the newest first; undefined where it is not installed. */
  detail(name: string): Promise<ExtensionDetail | undefined> {
    return this.database.transaction(async (session) => {
      const [row] = await session.query<SummaryRow & { metadata: PackageMetadata }>(
        `select ${SUMMARY}, p.metadata ${FROM} where e.name = $1`,
        [name],
      );
      if (row === undefined) return undefined;
      const { metadata, ...summary } = row;
      const versions = await knownVersions(session, name, HISTORY_LIMIT);
      return { ...asSummary(summary), metadata, versions, history: await historyOf(session, name) };
    }, SNAPSHOT);
  }
}

async function historyOf(session: Queryable, name: string): Promise<ExtensionDetail['history']> {
  const rows = await session.query<ChangeRow & { revision: number; committedAt: Date; actor: string }>(
    `select ${CHANGE_COLUMNS}, c.revision, r.committed_at as "committedAt", r.actor
     from revision_change c join package p on p.sha256 = c.sha256 join revision r on r.number = c.revision
     where c.extension = $1 order by c.revision desc limit ${HISTORY_LIMIT}`,
    [name],
  );
  return rows.map((row) => {
    const change: RevisionChange = asChange(row);
    return { ...change, revision: row.revision, committedAt: row.committedAt.toISOString(), actor: row.actor };
  });
}

function asSummary({ vendor, description, ...summary }: SummaryRow): ExtensionSummary {
  return { ...summary, ...(vendor !== null && { vendor }), ...(description !== null && { description }) };
}
