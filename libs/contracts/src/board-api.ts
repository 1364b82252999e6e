import { z } from 'zod';
import { holdSchema } from './hold-api.js';
import { extensionNameSchema, revisionSchema, sha256Schema, timeSchema } from './names.js';
import { failureSchema } from './node-report.js';
import { proposalViewSchema } from './proposal-api.js';
import { extensionStateSchema } from './states.js';
import { convergenceStateSchema, eventLogStatusSchema, nodeStatusSchema } from './status-api.js';
import { versionSchema } from './version.js';

/** One extension on one node, where it is not simply in sync. */
export const cellSchema = z.object({
  state: extensionStateSchema,
  since: timeSchema,
  /** What stands on the disk. */
  version: versionSchema.optional(),
  /** Absent: it is to go. */
  wantedVersion: versionSchema.optional(),
  waitsFor: extensionNameSchema.optional(),
  nextAttempt: timeSchema.optional(),
  failure: failureSchema.optional(),
});
export type Cell = z.infer<typeof cellSchema>;

/** A node's row of the matrix. What `cells` does not name is in sync, or, on a node that is not live, unknown. */
export const boardNodeSchema = nodeStatusSchema.extend({ cells: z.record(z.string(), cellSchema) });
export type BoardNode = z.infer<typeof boardNodeSchema>;

/** A column of the matrix: what the head wants. */
export const boardExtensionSchema = z.object({
  name: extensionNameSchema,
  version: versionSchema,
  revision: revisionSchema,
});
export type BoardExtension = z.infer<typeof boardExtensionSchema>;

/** The one line at the top. */
export const clusterSummarySchema = z.object({
  cluster: z.string(),
  state: convergenceStateSchema,
  /** Since when it is so. */
  since: timeSchema,
  revision: revisionSchema,
  digest: sha256Schema,
  committedAt: timeSchema.optional(),
  reason: z.string().optional(),
  expected: z.number().int().nonnegative(),
  converged: z.number().int().nonnegative(),
  /** Age of the oldest proof that counts. */
  provenSecondsAgo: z.number().nonnegative().optional(),
  frozen: holdSchema.optional(),
  eventLog: eventLogStatusSchema.optional(),
  /** False while the database is away: then all else is what was known before, at `at`. */
  fresh: z.boolean(),
  at: timeSchema,
});
export type ClusterSummary = z.infer<typeof clusterSummarySchema>;

/** `GET /board`, and the first message of `GET /events`. */
export const boardSchema = z.object({
  /** The id of the latest message that is contained in it. */
  id: z.string(),
  cluster: clusterSummarySchema,
  extensions: z.array(boardExtensionSchema),
  nodes: z.array(boardNodeSchema),
  /** Those that are open, the newest first, with how far each node is. */
  proposals: z.array(proposalViewSchema).default([]),
});
export type BoardSnapshot = z.infer<typeof boardSchema>;

/**
 * `GET /events` (server-sent events). Each has an id; `Last-Event-ID` resumes behind it, and where that is no longer known a
 * `board` comes first. `nodes` names rows that changed, whole, and those that are gone. `proposals`: all that are open now, one
 * of them or a node's readiness changed. `revision`: one was committed or has converged, so that what shows the timeline reads it again. `beat` comes at least every 15 s with the time.
 */
export const boardMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('board'), board: boardSchema }),
  z.object({ type: z.literal('cluster'), cluster: clusterSummarySchema }),
  z.object({ type: z.literal('extensions'), extensions: z.array(boardExtensionSchema) }),
  z.object({ type: z.literal('nodes'), nodes: z.array(boardNodeSchema), gone: z.array(z.string()) }),
  z.object({ type: z.literal('proposals'), proposals: z.array(proposalViewSchema) }),
  z.object({ type: z.literal('revision'), revision: revisionSchema, converged: z.boolean() }),
  z.object({ type: z.literal('beat'), at: timeSchema }),
]);
export type BoardMessage = z.infer<typeof boardMessageSchema>;
