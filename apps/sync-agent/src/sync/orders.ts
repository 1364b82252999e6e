import type { NodeOrder } from '@muster/catalog';
import { union } from './look-requests.js';
import type { Names } from './look-requests.js';

/** What the open orders of a node come to for one look. Kinds that this agent does not carry out are left open. */
export interface OrdersOfLook {
  readonly acceptCatalog: boolean;
  readonly verify: Names;
  readonly retry: Names;
  /** Ids of those that the look carries out. */
  readonly ids: readonly string[];
}

const CARRIED_OUT = new Set(['accept-catalog', 'retry', 'verify', 'resync']);

export function readOrders(orders: readonly NodeOrder[]): OrdersOfLook {
  const ours = orders.filter(({ kind }) => CARRIED_OUT.has(kind));
  const namesOf = (...kinds: NodeOrder['kind'][]): Names =>
    ours
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ detail }) => namesIn(detail))
      .reduce(union, new Set());
  return {
    acceptCatalog: ours.some(({ kind }) => kind === 'accept-catalog'),
    verify: namesOf('verify', 'resync'),
    retry: namesOf('retry', 'resync'),
    ids: ours.map(({ id }) => id),
  };
}

/** `{"extensions": ["A", "B"]}`; without them all are meant. */
function namesIn({ extensions }: NodeOrder['detail']): Names {
  if (!Array.isArray(extensions)) return 'all';
  return new Set(extensions.filter((name): name is string => typeof name === 'string'));
}
