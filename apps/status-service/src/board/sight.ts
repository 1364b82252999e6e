import { MusterError } from '@muster/contracts';
import type { Assessment } from './assessment.js';

/** What is known: as it is now, or, while the database is away, as it was known last. */
export interface Sight {
  readonly assessment: Assessment;
  /** The database's clock, reckoned on from the assessment's while the database is away. */
  readonly nowMs: number;
  readonly away?: { readonly sinceMs: number; readonly detail: string };
}

/** A database that hangs is away for whoever only wants to see. */
export const SEE_DEADLINE_MS = 3_000;

/** The work's result, unless it takes too long. @throws MusterError `database-away` */
export async function withinDeadline<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const detail = `the database has not answered for ${SEE_DEADLINE_MS / 1000} s`;
    timer = setTimeout(() => reject(new MusterError('database-away', detail)), SEE_DEADLINE_MS);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}

export function isDatabaseAway(error: unknown): error is MusterError {
  return error instanceof MusterError && error.code === 'database-away';
}
