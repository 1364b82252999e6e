import { replayOrderSchema } from '@muster/contracts';
import type { OrderKind, ReplayOrder } from '@muster/contracts';
import type { NodeInstructions, NodeOrder } from '@muster/catalog';
import type { Names } from './look-requests.js';

/** `retry`, `verify`, `resync` or `accept-catalog`, for some extensions or all. */
export interface PlainOrder {
  readonly id: string;
  readonly kind: Exclude<OrderKind, 'preview' | 'replay'>;
  readonly names: Names;
}

/** `preview` or `replay` of what a range names. */
export interface RangeOrder {
  readonly id: string;
  readonly detail: ReplayOrder;
  readonly names: ReadonlySet<string>;
}

/** The open orders of a node, the oldest first. Those that this agent does not understand are not in it: they stay open. */
export interface OrdersOfLook {
  readonly plain: readonly PlainOrder[];
  readonly previews: readonly RangeOrder[];
  readonly replays: readonly RangeOrder[];
}

export const NO_ORDERS: OrdersOfLook = { plain: [], previews: [], replays: [] };

/** A paused node answers what only asks; the rest stays open until it is resumed. */
export function readOrders({ orders, paused }: Pick<NodeInstructions, 'orders' | 'paused'>): OrdersOfLook {
  const all = readAll(orders);
  if (paused === undefined) return all;
  return { ...NO_ORDERS, plain: all.plain.filter(({ kind }) => kind === 'verify'), previews: all.previews };
}

function readAll(orders: readonly NodeOrder[]): OrdersOfLook {
  const rangesOf = (kind: OrderKind): RangeOrder[] =>
    orders.filter((order) => order.kind === kind).flatMap((order) => readRange(order) ?? []);
  return {
    plain: orders.flatMap(({ id, kind, detail }) => (isPlain(kind) ? [{ id, kind, names: namesIn(detail) }] : [])),
    previews: rangesOf('preview'),
    replays: rangesOf('replay'),
  };
}

export function hasOrders({ plain, previews, replays }: OrdersOfLook): boolean {
  return plain.length + previews.length + replays.length > 0;
}

export function acceptsCatalog({ plain }: OrdersOfLook): boolean {
  return plain.some(({ kind }) => kind === 'accept-catalog');
}

const PLAIN = new Set<OrderKind>(['retry', 'verify', 'resync', 'accept-catalog']);

function isPlain(kind: OrderKind): kind is PlainOrder['kind'] {
  return PLAIN.has(kind);
}

function readRange({ id, detail }: NodeOrder): RangeOrder | undefined {
  const read = replayOrderSchema.safeParse(detail);
  return read.success ? { id, detail: read.data, names: new Set(read.data.extensions) } : undefined;
}

/** `{"extensions": ["A", "B"]}`; without them all are meant. */
function namesIn({ extensions }: NodeOrder['detail']): Names {
  if (!Array.isArray(extensions)) return 'all';
  return new Set(extensions.filter((name): name is string => typeof name === 'string'));
}
