import { duration, HttpProblem } from '@muster/service-kit';
import { z } from 'zod';

/** Longest wait of one request. */
export const MAX_WAIT_MS = 600_000;

export const convergenceQuerySchema = z.object({
  revision: z
    .string()
    .regex(/^\d{1,15}$/, 'a revision number')
    .transform(Number)
    .optional(),
  wait: duration().optional(),
});
export type ConvergenceQuery = z.output<typeof convergenceQuerySchema>;

/** @throws HttpProblem `wait-too-long` */
export function checkWait(waitMs: number): number {
  if (waitMs <= MAX_WAIT_MS) return waitMs;
  throw new HttpProblem(400, 'wait-too-long', 'one request may not wait for so long', {
    limit: '10m',
    actual: `${waitMs / 1000}s`,
    remedy: 'ask again when the answer is timed-out',
  });
}
