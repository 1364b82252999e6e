import { nodeIdSchema } from '@muster/contracts';
import { duration, HttpProblem } from '@muster/service-kit';
import { z } from 'zod';
import type { Question } from '../board/waits.js';

/** Longest wait of one request. */
export const MAX_WAIT_MS = 600_000;

/** Most nodes that one question may name. */
const MAX_NODES = 500;

export const revisionQuerySchema = z
  .string()
  .regex(/^\d{1,15}$/, 'a revision number')
  .transform(Number);

const nodesSchema = z
  .string()
  .transform((text) => [...new Set(text.split(',').map((id) => id.trim()))].sort())
  .pipe(z.array(nodeIdSchema).max(MAX_NODES));

const quorumSchema = z.union([
  z.literal('majority'),
  z
    .string()
    .regex(/^[1-9]\d{0,5}$/, 'a number of nodes, or "majority"')
    .transform(Number),
]);

export const convergenceQuerySchema = z.object({
  revision: revisionQuerySchema.optional(),
  nodes: nodesSchema.optional(),
  quorum: quorumSchema.optional(),
  wait: duration().optional(),
});
export type ConvergenceQuery = z.output<typeof convergenceQuerySchema>;

/**
 * What is asked, without what is not.
 *
 * @throws HttpProblem `quorum-too-large`
 */
export function questionOf({ revision, nodes, quorum }: ConvergenceQuery): Question {
  if (nodes !== undefined && typeof quorum === 'number' && quorum > nodes.length) {
    throw new HttpProblem(400, 'quorum-too-large', 'more nodes are asked for than are named', {
      limit: nodes.length,
      actual: quorum,
      remedy: 'name more nodes, or ask for fewer',
    });
  }
  return {
    ...(revision !== undefined && { revision }),
    ...(nodes !== undefined && { nodes }),
    ...(quorum !== undefined && { quorum }),
  };
}

/** @throws HttpProblem `wait-too-long` */
export function checkWait(waitMs: number): number {
  if (waitMs <= MAX_WAIT_MS) return waitMs;
  throw new HttpProblem(400, 'wait-too-long', 'one request may not wait for so long', {
    limit: '10m',
    actual: `${waitMs / 1000}s`,
    remedy: 'ask again when the answer is timed-out',
  });
}
