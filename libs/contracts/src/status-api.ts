import { z } from 'zod';
import { holdSchema } from './hold-api.js';
import { lockHolderSchema, nodeReportSchema } from './node-report.js';
import { extensionNameSchema, nodeIdSchema, revisionSchema, sha256Schema, timeSchema } from './names.js';
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

/**
 * `GET /convergence?revision=R&nodes=&quorum=&wait=30s`. Without `revision`, the whole cluster at head. `nodes` asks of these
 * only; with `quorum` (a number, or `majority`) so many of them are enough.
 */
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
  /** Revisions behind the head, and seconds since the first of them was committed. */
  lagRevisions: z.number().int().nonnegative(),
  lagSeconds: z.number().nonnegative(),
  /** Changes that it knows and has not begun. */
  queued: z.number().int().nonnegative(),
  /** What it does now, in words. */
  doing: z.string().optional(),
  paused: holdSchema.optional(),
  /** Who holds the lock of its storage while it waits for it. */
  lock: lockHolderSchema.optional(),
  /** How often its agent has started since it enrolled. */
  starts: z.number().int().nonnegative(),
  /** The node's clock less the database's, in ms. */
  clockOffsetMs: z.number().optional(),
  /** Extensions whose directory had to be put right again and again lately. */
  driftRecurring: z.array(extensionNameSchema),
});
export type NodeStatus = z.infer<typeof nodeStatusSchema>;

/** `GET /nodes` and `GET /nodes/{id}`. */
export const nodeListSchema = z.object({
  revision: revisionSchema,
  nodes: z.array(nodeStatusSchema),
  eventLog: eventLogStatusSchema.optional(),
  /** False while the database is away: then it is what was known before. */
  fresh: z.boolean().optional(),
});
export const nodeDetailSchema = nodeStatusSchema.extend({ report: nodeReportSchema.optional() });
export type NodeList = z.infer<typeof nodeListSchema>;
export type NodeDetail = z.infer<typeof nodeDetailSchema>;
