import { z } from 'zod';
import { nodeReportSchema } from './node-report.js';
import { nodeIdSchema, revisionSchema, sha256Schema, timeSchema } from './names.js';
import { nodeStateSchema } from './states.js';

export const convergenceStateSchema = z.enum(['converged', 'syncing', 'failed', 'absent', 'superseded', 'timed-out']);
export type ConvergenceState = z.infer<typeof convergenceStateSchema>;

/** Where one expected node stands towards what was asked. */
export const nodeConvergenceSchema = z.object({
  node: nodeIdSchema,
  state: z.enum(['converged', 'syncing', 'failed', 'absent']),
  revision: revisionSchema,
  digest: sha256Schema.optional(),
  since: timeSchema,
  reason: z.string().optional(),
});
export type NodeConvergence = z.infer<typeof nodeConvergenceSchema>;

/** Whether what carries the events answers, and how much waits to be shipped. It can delay nodes, never make them wrong. */
export const eventLogStatusSchema = z.object({
  kind: z.enum(['postgres', 'kafka']),
  ok: z.boolean(),
  detail: z.string(),
  /** Events that are committed and not shipped yet. */
  unpublished: z.number().int().nonnegative(),
});
export type EventLogStatus = z.infer<typeof eventLogStatusSchema>;

/** `GET /convergence?revision=R&wait=30s`. Without `revision`, the whole cluster at head. */
export const convergenceSchema = z.object({
  state: convergenceStateSchema,
  revision: revisionSchema,
  digest: sha256Schema,
  reason: z.string().optional(),
  nodes: z.array(nodeConvergenceSchema),
  eventLog: eventLogStatusSchema.optional(),
});
export type Convergence = z.infer<typeof convergenceSchema>;

/** One node as the status service sees it. */
export const nodeStatusSchema = z.object({
  node: nodeIdSchema,
  state: nodeStateSchema,
  since: timeSchema,
  /** Seconds since its last report, by the clock of the database; absent when it has never reported. */
  heardSecondsAgo: z.number().nonnegative().optional(),
  provenSecondsAgo: z.number().nonnegative().optional(),
  revision: revisionSchema,
  digest: sha256Schema.optional(),
  inSync: z.boolean(),
  parked: z.number().int(),
  foreign: z.number().int(),
  address: z.string().optional(),
  reason: z.string().optional(),
});
export type NodeStatus = z.infer<typeof nodeStatusSchema>;

/** `GET /nodes` and `GET /nodes/{id}`. */
export const nodeListSchema = z.object({
  revision: revisionSchema,
  nodes: z.array(nodeStatusSchema),
  eventLog: eventLogStatusSchema.optional(),
});
export const nodeDetailSchema = nodeStatusSchema.extend({ report: nodeReportSchema.optional() });
export type NodeList = z.infer<typeof nodeListSchema>;
export type NodeDetail = z.infer<typeof nodeDetailSchema>;
