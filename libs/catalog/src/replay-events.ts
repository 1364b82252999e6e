import type { ExtensionChanged } from '@muster/contracts';
import { changeEvent } from './change-event.js';
import { CHANGE_COLUMNS, asChange } from './change-row.js';
import type { ChangeRow } from './change-row.js';
import type { Queryable } from './database.js';

interface EventSelection {
  readonly from: number;
  readonly to: number;
  readonly extensions?: readonly string[] | null;
}

interface EventRow extends ChangeRow {
  catalogId: string;
  revision: number;
  chain: string;
  count: number;
  committedAt: Date;
  actor: string;
  traceparent: string | null;
  position: number;
}

export async function countEvents(database: Queryable, { from, to, extensions }: EventSelection): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `select count(*) as count from revision_change
     where revision between $1 and $2 and ($3::text[] is null or extension = any($3))`,
    [from, to, extensions ?? null],
  );
  return row?.count ?? 0;
}

/**
 * The events of a selection after the last one that was read, in order. They are made again from the history: the rows that
 * the commits wrote to the outbox need not be there any more.
 */
export async function readEvents(
  database: Queryable,
  selection: EventSelection & { readonly lastRevision: number; readonly lastPosition: number },
  limit: number,
): Promise<ExtensionChanged[]> {
  const { from, to, extensions, lastRevision, lastPosition } = selection;
  const rows = await database.query<EventRow>(
    `with picked as (
       select * from revision_change
       where revision between greatest($1::bigint, $4::bigint) and $2 and (revision, position) > ($4, $5::integer)
         and ($3::text[] is null or extension = any($3))
       order by revision, position limit $6
     ), size as (
       select revision, count(*) as count from revision_change
       where revision in (select revision from picked) group by revision
     )
     select k.id as "catalogId", c.revision, c.position, r.chain, r.committed_at as "committedAt", r.actor, r.traceparent,
       size.count, ${CHANGE_COLUMNS}
     from picked c
       join size on size.revision = c.revision
       join revision r on r.number = c.revision
       join package p on p.sha256 = c.sha256
       cross join catalog k
     order by c.revision, c.position`,
    [from, to, extensions ?? null, lastRevision, lastPosition, limit],
  );
  return rows.map(({ catalogId, revision, chain, count, committedAt, actor, traceparent, position, ...change }) => {
    const trace = traceparent === null ? {} : { traceparent };
    const frame = { catalogId, revision, chain, count, committedAt: committedAt.toISOString(), actor, ...trace };
    return changeEvent(frame, position, asChange(change));
  });
}
