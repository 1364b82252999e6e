import type { TurnWait } from '@muster/contracts';
import type { Queryable, Session } from '../database.js';

/** Who asks, for which process of it. */
export interface TurnAsker {
  readonly node: string;
  /** New with every start. */
  readonly instance: string;
  /** For messages: `sync-agent`, `import-service`. */
  readonly service: string;
}

/** Under this advisory lock turns are granted, renewed and looked at: whether one has expired is the same for all who ask. */
const TURN_LOCK = 0x4d7573547572;
export const TURN_CHANNEL = 'muster_turn';

/** At most one node, where no operator has set another number. */
export const DEFAULT_MAX_DEPLOYING = 1;

interface AheadRow {
  node: string;
  service: string;
  grantedAt: Date | null;
  askedAt: Date;
  names: string | null;
}

export async function takeTurnLock(session: Session): Promise<void> {
  await session.query(`select pg_advisory_xact_lock(${TURN_LOCK})`);
}

/** Wakes who waits, when the transaction commits. */
export async function wakeWaiting(session: Queryable): Promise<void> {
  await session.query(`select pg_notify('${TURN_CHANNEL}', '')`);
}

export async function readMaxDeploying(session: Queryable): Promise<number> {
  const [row] = await session.query<{ value: number }>(`select value from setting where name = 'max-deploying'`);
  return row?.value ?? DEFAULT_MAX_DEPLOYING;
}

/**
 * Takes or keeps this node's place. `takesOver` is for whoever holds the node's storage lock: what another process of the node
 * had asked for is its own then. False where another process of this node has the row, and lives.
 */
export async function keepPlace(
  session: Session,
  { node, instance, service }: TurnAsker,
  {
    revision,
    leaseMs,
    takesOver,
  }: { readonly revision: number; readonly leaseMs: number; readonly takesOver: boolean },
): Promise<boolean> {
  const rows = await session.query(
    `insert into deploy_lease as l (node, instance, service, revision, granted_at, expires_at)
     values ($1, $2, $3, $4, null, clock_timestamp() + $5 * interval '1 millisecond')
     on conflict (node) do update set instance = $2, service = $3, revision = $4, expires_at = excluded.expires_at,
       asked_at = case when l.granted_at is null and l.expires_at > clock_timestamp() then l.asked_at else clock_timestamp() end,
       granted_at = null, changes = '[]'
     where $6 or (l.granted_at is null and (l.instance = $2 or l.expires_at <= clock_timestamp()))
     returning node`,
    [node, instance, service, revision, leaseMs, takesOver],
  );
  return rows.length === 1;
}

/** For whom this node waits; undefined where its turn has come: fewer than the limit run hooks or have asked before it. */
export async function readWait(session: Session, node: string): Promise<TurnWait | undefined> {
  const max = await readMaxDeploying(session);
  const ahead = await session.query<AheadRow>(
    `select l.node, l.service, l.granted_at as "grantedAt", l.asked_at as "askedAt",
       (select string_agg(c ->> 'extension', ', ') from jsonb_array_elements(l.changes) c) as names
     from deploy_lease l left join node n on n.id = l.node, (select * from deploy_lease where node = $1) mine
     where l.node <> $1 and n.retired_at is null and l.expires_at > clock_timestamp()
       and (l.granted_at is not null or (l.asked_at, l.node) < (mine.asked_at, mine.node))
     order by l.granted_at, l.asked_at, l.node`,
    [node],
  );
  return ahead.length < max ? undefined : describeWait(ahead, max);
}

function describeWait(ahead: readonly AheadRow[], max: number): TurnWait {
  const [first] = ahead;
  if (first === undefined) return { detail: `at most ${max} nodes run hooks at once`, failed: false };
  const doing =
    first.grantedAt === null ? 'asked before it' : `has the turn${first.names === null ? '' : `, for ${first.names}`}`;
  const by = first.service === 'import-service' ? ` (an import there)` : '';
  const rest = ahead.length === 1 ? '' : `; ${ahead.length - 1} more ${ahead.length === 2 ? 'is' : 'are'} before it`;
  return {
    detail: `${first.node} ${doing}${by}${rest}`,
    node: first.node,
    since: (first.grantedAt ?? first.askedAt).toISOString(),
    failed: false,
  };
}

export async function grant(session: Session, { node, instance }: TurnAsker): Promise<void> {
  await session.query('update deploy_lease set granted_at = clock_timestamp() where node = $1 and instance = $2', [
    node,
    instance,
  ]);
}
