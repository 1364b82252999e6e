import type { KnownVersion } from '@muster/contracts';
import type { Database, Queryable } from './database.js';

interface VersionRow extends Omit<KnownVersion, 'importedAt'> {
  importedAt: Date;
}

/** Most versions that a detail carries: those imported last. */
const VERSION_LIMIT = 200;

/** The packages that an extension ever had, and which of them can be brought back. */
export class VersionStore {
  constructor(private readonly database: Database) {}

  /** By the time of their first import, the newest first, at most 200; empty where the catalog never had the extension. */
  known(name: string): Promise<KnownVersion[]> {
    return knownVersions(this.database, name);
  }
}

/** `VersionStore.known` inside of a caller's snapshot. */
export async function knownVersions(session: Queryable, name: string): Promise<KnownVersion[]> {
  const rows = await session.query<VersionRow>(
    `select p.version, p.sha256, p.size_bytes as "sizeBytes", p.created_at as "importedAt",
       e.name is not null as current, p.blob is not null as stored
     from package p left join extension e on e.sha256 = p.sha256
     where p.name = $1 order by p.created_at desc, p.sha256 limit ${VERSION_LIMIT}`,
    [name],
  );
  return rows.map((row) => ({ ...row, importedAt: row.importedAt.toISOString() }));
}
