import { refusal } from './open-api.js';

export { NOT_NOW } from './recovery-examples.js';

/** Refusals around proposals as the API's description shows them. */
export const PROPOSAL_NOT_FOUND = refusal(
  404,
  'Not Found',
  [{ code: 'proposal-unknown', detail: 'there is no proposal "7d1c…"', remedy: 'GET /proposals lists the latest.' }],
  '/proposals',
);

export const PROPOSAL_SETTLED = refusal(
  409,
  'Conflict',
  [
    {
      code: 'proposal-settled',
      detail: 'the proposal 7d1c… is over: it became revision 42',
      remedy: 'Undo it like any import: POST /extensions/{name}/rollback, or DELETE /extensions/{name}.',
    },
  ],
  '/proposals',
);
