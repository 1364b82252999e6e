import { EventLogError } from '../event-log-error.js';

/** The work's result; `log-unavailable` where it takes longer. What comes later is dropped. */
export async function withDeadline<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new EventLogError('log-unavailable', `Kafka did not answer within ${timeoutMs} ms: ${what}`, {
          limit: timeoutMs,
          remedy: 'check that the broker runs and that the network passes what both sides send',
        }),
      );
    }, timeoutMs);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
