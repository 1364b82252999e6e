import { refusal } from './open-api.js';

/** Refusals of replays and orders as the API's description shows them. */
export const REPLAY_NOT_FOUND = refusal(
  404,
  'Not Found',
  [
    { code: 'revision-unknown', detail: 'there is no revision 50: the head is revision 41', limit: 41, actual: 50 },
    { code: 'extension-unknown', detail: 'the range from revision 3 to 9 does not name "Gauge"' },
    { code: 'node-unknown', detail: 'no node has enrolled as "node-9"' },
    { code: 'replay-unknown', detail: 'there is no replay "7d1c…"', remedy: 'GET /replays lists the latest.' },
  ],
  '/replays',
);

export const REPLAY_REFUSED = refusal(
  409,
  'Conflict',
  [
    { code: 'replay-range-empty', detail: 'no revision lies in the range from revision 5 to revision 4' },
    { code: 'node-retired', detail: 'the node "node-3" is retired' },
    {
      code: 'plan-changed',
      detail: 'the plan 3a… no longer holds; nothing was done',
      actual: '9f…',
      remedy: 'Look at the plan in this answer, and ask again with its planDigest.',
      plan: { planDigest: '9f…', from: 3, to: 9, nodes: [], unplanned: [] },
    },
  ],
  '/replays',
);

export const REPLAY_BUSY = refusal(
  429,
  'Too Many Requests',
  [{ code: 'too-many-plans', detail: '4 replays are being planned on this service already', limit: 4, actual: 5 }],
  '/replays',
);

export const ORDER_NOT_FOUND = refusal(
  404,
  'Not Found',
  [
    { code: 'node-unknown', detail: 'no node has enrolled as "node-9"' },
    { code: 'extension-unknown', detail: 'the history of this catalog does not name "Gauge"' },
    { code: 'order-unknown', detail: 'node-1 was not given an order "7d1c…"' },
  ],
  '/nodes/node-9/orders',
);

export const ORDER_REFUSED = refusal(
  409,
  'Conflict',
  [
    {
      code: 'node-retired',
      detail: 'the node "node-3" is retired',
      remedy: 'Start its agent: a retired node that comes back is expected again.',
    },
  ],
  '/nodes/node-3/orders',
);

export const ORDER_BAD = refusal(
  400,
  'Bad Request',
  [{ code: 'extensions-not-allowed', detail: 'a catalog is accepted as a whole, not for some extensions' }],
  '/nodes/node-1/orders',
);

export const NOT_NOW = refusal(
  503,
  'Service Unavailable',
  [
    { code: 'database-away', detail: 'the database does not answer' },
    { code: 'lock-timeout', detail: 'another commit held the catalog for more than 10 s' },
    { code: 'stopping', detail: 'the service stops; ask again' },
  ],
  '/replays',
);
