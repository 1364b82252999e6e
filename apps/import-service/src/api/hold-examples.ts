import { refusal } from './open-api.js';

const PAUSE = '/nodes/node-3/pause';

/** Refusals of pauses, retirements and freezes as the API's description shows them. */
export const HOLD_BAD = refusal(
  400,
  'Bad Request',
  [{ code: 'invalid-request', detail: 'reason: Invalid input: expected string, received undefined' }],
  PAUSE,
);

export const NODE_NOT_FOUND = refusal(
  404,
  'Not Found',
  [
    {
      code: 'node-unknown',
      detail: 'no node has enrolled as "node-9"',
      remedy: 'GET /nodes of the status-service lists those that have.',
    },
  ],
  '/nodes/node-9/pause',
);

export const PAUSE_REFUSED = refusal(
  409,
  'Conflict',
  [
    {
      code: 'node-retired',
      detail: 'the node "node-3" is retired',
      remedy: 'Start its agent: a retired node that comes back is expected again.',
    },
  ],
  PAUSE,
);

export const RETIRE_REFUSED = refusal(
  409,
  'Conflict',
  [
    {
      code: 'node-live',
      detail: 'the node "node-3" is alive: its agent holds the id by a lease',
      remedy: 'Stop its agent first; after a crash the lease runs out by itself. Or hold it: PUT /nodes/{id}/pause.',
    },
  ],
  '/nodes/node-3',
);

export const MAX_DEPLOYING_BAD = refusal(
  400,
  'Bad Request',
  [{ code: 'invalid-request', detail: 'maxDeploying: Too small: expected number to be >=1' }],
  '/settings/max-deploying',
);

export const PROCEED_NOT_FOUND = refusal(
  404,
  'Not Found',
  [
    {
      code: 'extension-unknown',
      detail: 'the history of this catalog does not name "Foo"',
      remedy: 'GET /revisions lists what each revision changed; names are case-sensitive.',
    },
  ],
  '/extensions/Foo/proceed',
);

export const NOT_NOW = refusal(
  503,
  'Service Unavailable',
  [
    { code: 'database-away', detail: 'the database does not answer' },
    { code: 'lock-timeout', detail: 'another commit held the catalog for more than 10 s' },
  ],
  '/freeze',
);
