/** HTTP statuses of the codes that every service knows. */
const statuses = new Map<string, number>(
  Object.entries({
    'bad-request': 400,
    'invalid-request': 400,
    'not-found': 404,
    'foreign-host': 403,
    'foreign-origin': 403,
    'too-large': 413,
    'not-ready': 503,
    stopping: 503,
    'database-unavailable': 503,
  }),
);

/**
 * Says with which HTTP status errors of a code are answered. Services call it once, at start; a code that two parts
 * map to different statuses is a mistake.
 */
export function registerProblemStatus(table: Readonly<Record<string, number>>): void {
  for (const [code, status] of Object.entries(table)) {
    const known = statuses.get(code);
    if (known !== undefined && known !== status) {
      throw new Error(`problem code ${code} has the status ${known} already, and cannot be ${status}`);
    }
    statuses.set(code, status);
  }
}

/** The registered status, or undefined for a code that nobody registered. */
export function problemStatus(code: string): number | undefined {
  return statuses.get(code);
}
