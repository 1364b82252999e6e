import type { TurnWait } from '@muster/contracts';
import type { Queryable } from '../database.js';

/** A change that is to be deployed. `again`: this very package was deployed there before, and is only put right. */
export interface AskedChange {
  readonly extension: string;
  /** Of the zip that comes; absent for a removal. */
  readonly sha256?: string;
  readonly again: boolean;
}

interface BarrierRow {
  extension: string;
  node: string;
  since: Date;
  why: string | null;
}

/**
 * What keeps a node from deploying these: the same package of the same extension failed on another node, or that node's turn
 * ran out while it deployed it. Not where a later revision has changed the extension, where that node is retired, where an
 * operator has waived it, nor for a node on which it has failed itself: that one tries again by itself.
 */
export async function readBarriers(
  session: Queryable,
  node: string,
  changes: readonly AskedChange[],
): Promise<ReadonlyMap<string, TurnWait>> {
  const rows = await session.query<BarrierRow>(
    `with asked as (select * from jsonb_to_recordset($2::jsonb) as c (extension text, sha256 text, again boolean)),
     failed as (
       select node, extension, sha256, revision, at as since, code || ': ' || detail as why
       from deploy_failure where waived_at is null
       union all
       select l.node, x.extension, x.sha256, l.revision, l.granted_at, null
       from deploy_lease l, jsonb_to_recordset(l.changes) as x (extension text, sha256 text)
       where l.granted_at is not null and l.expires_at <= clock_timestamp()
     )
     select distinct on (a.extension) a.extension, f.node, f.since, f.why
     from asked a join failed f on f.extension = a.extension and f.sha256 is not distinct from a.sha256
     left join node n on n.id = f.node
     where f.node <> $1 and not a.again and n.retired_at is null
       and f.revision >= coalesce((select max(revision) from revision_change r where r.extension = a.extension), 0)
       and not exists (select from deploy_failure own
         where own.node = $1 and own.extension = a.extension and own.sha256 is not distinct from a.sha256)
     order by a.extension, f.since`,
    [node, JSON.stringify(changes)],
  );
  return new Map(rows.map((row) => [row.extension, asWait(row)]));
}

function asWait({ extension, node, since, why }: BarrierRow): TurnWait {
  const detail =
    why === null
      ? `${node} fell silent while it ran the hook of ${extension}`
      : `the hook of ${extension} failed on ${node}: ${why}`;
  return { detail, node, since: since.toISOString(), failed: true };
}
