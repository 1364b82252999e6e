import type { BoardExtension } from '@muster/contracts';
import type { Queryable } from '../stores/database.js';

/** What the head wants of one extension. */
export interface Column extends BoardExtension {
  readonly sha256: string;
  /** When the revision that last changed it was committed, by the clock of the database. */
  readonly committedAtMs: number;
}

const COLUMNS = `
  select e.name, p.version, e.revision::float8 as revision, e.sha256,
    (extract(epoch from r.committed_at) * 1000)::float8 as "committedAtMs"
  from extension e join package p on p.sha256 = e.sha256 join revision r on r.number = e.revision
  order by e.name collate "C"`;

/** Every extension of the head, by name. */
export async function readColumns(session: Queryable): Promise<ReadonlyMap<string, Column>> {
  const rows = await session.query<Column>(COLUMNS);
  return new Map(rows.map((column) => [column.name, column]));
}
