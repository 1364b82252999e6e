import type { KnownVersion } from '@muster/contracts';
import type { Database, Queryable } from './database.js';

interface VersionRow extends Omit<KnownVersion, 'importedAt'> {
  importedAt: Date;
}

/** The packages that an extension ever had, and which of them can be brought back. */
export class VersionStore {
  constructor(private readonly database: Database) {}

  /** By the time of their first import, the newest first; empty where the catalog never had the extension. */
  known(name: string): Promise<KnownVersion[]> {
    return knownVersions(this.database, name);
  }

  /**
   * sha256 of the package that was current before the one that is, or, of an extension that was removed, of the one that went;
   * undefined where there was none.
   */
  async before(name: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ sha256: string }>(
      `select c.sha256 from revision_change c
       where c.extension = $1 and c.sha256 is distinct from (select e.sha256 from extension e where e.name = $1)
       order by c.revision desc limit 1`,
      [name],
    );
    return row?.sha256;
  }
}

/** `VersionStore.known` inside of a caller's snapshot, or the latest of them. */
export async function knownVersions(session: Queryable, name: string, limit?: number): Promise<KnownVersion[]> {
  const rows = await session.query<VersionRow>(
    `select p.version, p.sha256, p.size_bytes as "sizeBytes", p.created_at as "importedAt",
       e.name is not null as current, p.blob is not null as stored
     from package p left join extension e on e.sha256 = p.sha256
     where p.name = $1 order by p.created_at desc, p.sha256 limit $2`,
    [name, limit ?? null],
  );
  return rows.map((row) => ({ ...row, importedAt: row.importedAt.toISOString() }));
}
