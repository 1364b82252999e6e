import { HttpProblem } from '@muster/service-kit';

/** 503: the connection broke while this was being committed, and the database did not come back in time to tell. */
export function outcomeUnknown(purpose: string): HttpProblem {
  const detail = `the database went away while this was being committed (${purpose}), and did not come back in time; it may stand or not`;
  return new HttpProblem(503, 'outcome-unknown', detail, {
    remedy:
      'Nothing was undone here: the agents settle it from the catalog. Look at GET /revisions; the same bytes may be sent again without harm.',
    retryAfterSeconds: 10,
    step: 'commit',
    undone: [],
  });
}
