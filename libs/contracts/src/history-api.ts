import { z } from 'zod';
import { revisionChangeSchema } from './change.js';
import { extensionNameSchema, nodeIdSchema, revisionSchema, timeSchema } from './names.js';
import { versionSchema } from './version.js';

/** `wanted-change`: the catalog asked for it. `drift-correction`: the disk no longer held what had been put there. */
export const actionKindSchema = z.enum(['wanted-change', 'drift-correction']);
export const actionOutcomeSchema = z.enum(['done', 'parked', 'interrupted']);

/** The moments of one change on one node, by the clock of the database; each stage ends where the next begins. */
export const stageTimesSchema = z.object({
  /** When the node heard of it; absent where it found it by its timer or at its start. */
  receivedAt: timeSchema.optional(),
  startedAt: timeSchema.optional(),
  fetchedAt: timeSchema.optional(),
  stagedAt: timeSchema.optional(),
  switchedAt: timeSchema.optional(),
  deployedAt: timeSchema.optional(),
  /** When the node had looked at the result, and said so. */
  provenAt: timeSchema.optional(),
});
export type StageTimes = z.infer<typeof stageTimesSchema>;

/** Something that a node did to its own storage. */
export const nodeActionSchema = stageTimesSchema.extend({
  id: z.string(),
  node: nodeIdSchema,
  extension: extensionNameSchema,
  kind: actionKindSchema,
  /** `install`, `upgrade`, `downgrade`, `reinstall`, `remove`, `deploy` (the hook alone), `adopt`. */
  action: z.string(),
  outcome: actionOutcomeSchema,
  revision: revisionSchema.optional(),
  version: versionSchema.optional(),
  previousVersion: versionSchema.optional(),
  /** Who asked for the revision; absent for a correction. */
  actor: z.string().optional(),
  /** What made the node look: `event`, `timer`, `start`, `reconnect`, `order`, `replay`. */
  detector: z.string(),
  /** Of a failure: its code and its words; of a correction: what was found. */
  code: z.string().optional(),
  detail: z.string().optional(),
  at: timeSchema,
  durationMs: z.number().nonnegative(),
  /** How often this node has made this correction lately, where that is an alarm. */
  recurring: z.number().int().optional(),
});
export type NodeAction = z.infer<typeof nodeActionSchema>;

/** `GET /history?node=&extension=&kind=&before=&limit=`: newest first; `next` is the `before` of the next page. */
export const historySchema = z.object({ actions: z.array(nodeActionSchema), next: z.string().optional() });
export type History = z.infer<typeof historySchema>;

/** Milliseconds of each stage on one node; they add up to `totalMs`, which counts from the commit to the proof. */
export const STAGES = ['publish', 'receive', 'wait', 'fetch', 'stage', 'switch', 'deploy', 'prove'] as const;
export type Stage = (typeof STAGES)[number];
export const stageDurationsSchema = z.object(
  Object.fromEntries(STAGES.map((stage) => [stage, z.number().nonnegative()])) as Record<Stage, z.ZodNumber>,
);

/** One revision on one node. `skipped`: the node took a later revision in at once, which changed the same extension. */
export const nodePassageSchema = stageTimesSchema.extend({
  node: nodeIdSchema,
  state: z.enum(['proven', 'parked', 'under-way', 'skipped', 'absent']),
  totalMs: z.number().nonnegative().optional(),
  stages: stageDurationsSchema.optional(),
});
export type NodePassage = z.infer<typeof nodePassageSchema>;

/** `GET /timeline?before=&limit=` and `GET /timeline/{revision}`: revisions, newest first, and how each came to each node. */
export const revisionPassageSchema = z.object({
  revision: revisionSchema,
  actor: z.string(),
  committedAt: timeSchema,
  publishedAt: timeSchema.optional(),
  /** When every node that was expected then had proven it for the first time. */
  convergedAt: timeSchema.optional(),
  traceparent: z.string().optional(),
  changes: z.array(revisionChangeSchema),
  nodes: z.array(nodePassageSchema),
});
export type RevisionPassage = z.infer<typeof revisionPassageSchema>;
export const timelineSchema = z.object({ revisions: z.array(revisionPassageSchema), next: revisionSchema.optional() });
export type Timeline = z.infer<typeof timelineSchema>;
