import type { Hold, ProposedPackage } from '@muster/contracts';
import type { Queryable } from './database.js';
import { asHold, PAUSE_COLUMNS } from './node-pause.js';
import type { PauseRow } from './node-pause.js';
import type { NodeOrder } from './order.store.js';

/** Packages that every node is to stage. */
export interface OpenProposal {
  readonly id: string;
  /** In the order in which they would be brought. */
  readonly packages: readonly ProposedPackage[];
  /** From the moment of the statement on. */
  readonly expiresInMs: number;
}

/** What a node is told to do outside the normal way, and whether it is held, at one moment. */
export interface NodeInstructions {
  /** Open and not expired, the oldest first. */
  readonly orders: readonly NodeOrder[];
  readonly paused?: Hold;
  /** Not over yet, the oldest first. */
  readonly proposals: readonly OpenProposal[];
  /** When this was so, by the database's clock, in ms since 1970. */
  readonly atMs: number;
}

interface InstructionRow extends PauseRow, Omit<NodeOrder, 'id' | 'createdAt'> {
  atMs: number;
  proposals: OpenProposal[];
  id: string | null;
  createdAt: Date;
}

const PROPOSALS = `
  select coalesce(json_agg(json_build_object(
    'id', p.id,
    'expiresInMs', (extract(epoch from p.expires_at - clock_timestamp()) * 1000)::float8,
    'packages', (select json_agg(c.package order by c.position) from proposal_package c where c.proposal = p.id)
  ) order by p.created_at, p.id), '[]')
  from proposal p where p.state = 'open' and p.expires_at > clock_timestamp()`;

/** One statement: an agent asks for it with every heartbeat and every look. A node that has not enrolled has orders at most. */
export async function readInstructions(database: Queryable, node: string): Promise<NodeInstructions> {
  const rows = await database.query<InstructionRow>(
    `select (extract(epoch from clock_timestamp()) * 1000)::float8 as "atMs", (${PROPOSALS}) as proposals, ${PAUSE_COLUMNS},
       o.id, asked.node, o.kind, o.detail, o.actor, o.created_at as "createdAt"
     from (select $1::text as node) asked
     left join node n on n.id = asked.node
     left join node_order o on o.node = asked.node and o.done_at is null and o.expires_at > clock_timestamp()
     order by o.created_at, o.id`,
    [node],
  );
  const [first] = rows;
  if (first === undefined) throw new Error('a statement that always gives a row gave none');
  const paused = asHold(first);
  const { atMs, proposals } = first;
  return { orders: rows.flatMap(asOrder), proposals, atMs, ...(paused !== undefined && { paused }) };
}

function asOrder({ id, node, kind, detail, actor, createdAt }: InstructionRow): NodeOrder[] {
  return id === null ? [] : [{ id, node, kind, detail, actor, createdAt: createdAt.toISOString() }];
}
