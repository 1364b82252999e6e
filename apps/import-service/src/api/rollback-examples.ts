import { refusal } from './open-api.js';

const ROLLBACK = '/extensions/Gauge/rollback';

/** Refusals of a roll back as the API's description shows them; those of its steps are an import's. */
export const ROLLBACK_REFUSED = refusal(
  409,
  'Conflict',
  [
    {
      code: 'version-ambiguous',
      detail:
        '"Gauge" 1.0 was imported with 2 contents: sha256 3a… (of 2026-11-02T09:00:00Z); sha256 9f… (of 2026-11-01T09:00:00Z)',
      remedy: 'Give the sha256 of the one that you mean.',
      step: 'plan',
      limit: 1,
      actual: 2,
    },
    {
      code: 'dependants-unmet',
      detail: '"Needy" needs "Gauge" 1.2 or later of the same major, and this is 1.0',
      remedy: 'Remove "Needy" first, or import a version of it that takes "Gauge" 1.0.',
      step: 'plan',
    },
    {
      code: 'frozen',
      detail: 'the catalog was frozen by local at 2026-11-24T08:00:00.000Z and takes no change: closing of the month',
      remedy: 'DELETE /freeze ends it; ask who set it first.',
      step: 'plan',
    },
    {
      code: 'conflict',
      detail: '"Gauge" was changed by somebody else meanwhile',
      remedy: 'Look at GET /extensions/Gauge, and name the version that you want back.',
      step: 'plan',
    },
  ],
  ROLLBACK,
);

export const PURGED = refusal(
  410,
  'Gone',
  [
    {
      code: 'package-purged',
      detail: 'the zip of "Gauge" 1.0 (sha256 3a…) was purged or collected',
      remedy: 'Import the zip of 1.0 again; or take one that is stored: 1.1, 1.2.',
      step: 'plan',
    },
  ],
  ROLLBACK,
);

export const VERSION_UNKNOWN = refusal(
  422,
  'Unprocessable Entity',
  [
    {
      code: 'version-unknown',
      detail: '"Gauge" never had 7.0; known: 1.2, 1.1, 1.0 (its zip is gone)',
      remedy: 'Name one of those that are stored, or import the zip of the version that you want.',
      step: 'plan',
    },
    { code: 'hook-failed', detail: 'the deploy hook exited 3: "licence missing"', step: 'deploy' },
  ],
  ROLLBACK,
);

export const NOT_JSON = refusal(
  415,
  'Unsupported Media Type',
  [
    {
      code: 'media-type-unsupported',
      detail: 'what to roll back to does not come as "application/x-www-form-urlencoded"',
      remedy: 'Send JSON with the header content-type: application/json, or no body at all.',
    },
  ],
  ROLLBACK,
);
