import { createHash } from 'node:crypto';
import { z } from 'zod';
import { extensionNameSchema, nodeIdSchema, revisionSchema, sha256Schema, timeSchema } from './names.js';

/**
 * `POST /replays`: the events of a range are published again, and each node makes what they name as the catalog wants it.
 * `from` is a revision or a time (then the first revision committed at or after it), `to` likewise (the last at or before
 * it; default head). A `planDigest` of a preview makes the replay do exactly that, or answer `plan-changed`.
 */
export const replayRequestSchema = z.strictObject({
  from: z.union([revisionSchema, timeSchema]),
  to: z.union([revisionSchema, timeSchema]).optional(),
  nodes: z.array(nodeIdSchema).min(1).max(1_000).optional(),
  extensions: z.array(extensionNameSchema).min(1).max(10_000).optional(),
  /** Hooks run again, also where nothing differs. */
  redeploy: z.boolean().default(false),
  preview: z.boolean().default(false),
  planDigest: sha256Schema.optional(),
});
export type ReplayRequest = z.infer<typeof replayRequestSchema>;

/** What a node would do, found by hashing what stands on its disk. */
export const nodePlanSchema = z.object({
  node: nodeIdSchema,
  /** The head that it was planned against. */
  revision: revisionSchema,
  chain: sha256Schema,
  /** Installed, upgraded, downgraded or put right. */
  install: z.array(extensionNameSchema),
  /** Where foreign directories are pruned, theirs too: any name that a directory can have. */
  remove: z.array(z.string()),
  /** Only their hook runs. */
  deploy: z.array(extensionNameSchema),
  /** Named by the range and as they should be. */
  skip: z.number().int().nonnegative(),
  /** Zip bytes to be fetched. */
  bytes: z.number().int().nonnegative(),
});
export type NodePlan = z.infer<typeof nodePlanSchema>;

/** A node that gave no plan: `node-absent`, `forked`, … It is brought to head when it can be. */
export const planFailureSchema = z.object({ node: nodeIdSchema, code: z.string(), detail: z.string() });
export type PlanFailure = z.infer<typeof planFailureSchema>;

/** `POST /replays` with `preview`, and the plan within the answer without it. */
export const replayPreviewSchema = z.object({
  planDigest: sha256Schema,
  from: revisionSchema,
  to: revisionSchema,
  nodes: z.array(nodePlanSchema),
  unplanned: z.array(planFailureSchema),
});
export type ReplayPreview = z.infer<typeof replayPreviewSchema>;

/**
 * What became of a node's part: `waiting` until it begins (an absent node begins when it comes back), `done` when it stands
 * as the catalog wants it, `parked` when something could not be brought there, `plan-changed` when its disk or the head was
 * no longer what the plan was made for, `forked` when it does not follow this catalog, `expired` when it never came.
 */
export const replayNodeStateSchema = z.enum(['waiting', 'done', 'parked', 'plan-changed', 'forked', 'expired']);
export type ReplayNodeState = z.infer<typeof replayNodeStateSchema>;

export const replayNodeSchema = z.object({
  node: nodeIdSchema,
  state: replayNodeStateSchema,
  /** What it did; absent while it waits. */
  installed: z.array(extensionNameSchema).optional(),
  removed: z.array(z.string()).optional(),
  deployed: z.array(extensionNameSchema).optional(),
  skipped: z.number().int().nonnegative().optional(),
  bytes: z.number().int().nonnegative().optional(),
  revision: revisionSchema.optional(),
  reason: z.string().optional(),
  doneAt: timeSchema.optional(),
});
export type ReplayNode = z.infer<typeof replayNodeSchema>;

/** `GET /replays/{id}`. `ended` when all events are published again and no node is waiting any more. */
export const replayViewSchema = z.object({
  id: z.string(),
  from: revisionSchema,
  to: revisionSchema,
  extensions: z.array(extensionNameSchema).optional(),
  redeploy: z.boolean(),
  planDigest: sha256Schema.optional(),
  actor: z.string(),
  createdAt: timeSchema,
  expiresAt: timeSchema,
  /** Events published again. */
  events: z.number().int().nonnegative(),
  ended: z.boolean(),
  nodes: z.array(replayNodeSchema),
});
export type ReplayView = z.infer<typeof replayViewSchema>;

/** One entry of `GET /replays`: how many nodes it still waits for, without their names. */
export const replaySummarySchema = replayViewSchema.omit({ nodes: true }).extend({ waiting: z.number().int() });
export type ReplaySummary = z.infer<typeof replaySummarySchema>;

/** `GET /replays`: the newest first. */
export const replayListSchema = z.object({ replays: z.array(replaySummarySchema) });
export type ReplayList = z.infer<typeof replayListSchema>;

/** The answer to a replay that was begun: 202. */
export const replayStartedSchema = replayPreviewSchema.extend({
  id: z.string(),
  /** How many events the range holds: `GET /replays/{id}` counts those that are published again so far. */
  events: z.number().int(),
});
export type ReplayStarted = z.infer<typeof replayStartedSchema>;

/** `node_order.detail` of a `preview` or `replay` order. */
export const replayOrderSchema = z.object({
  replayId: z.string().optional(),
  /** What the events of the range name. */
  extensions: z.array(extensionNameSchema),
  redeploy: z.boolean(),
  /** The digest of this node's own plan, where it must still hold. */
  nodePlanDigest: sha256Schema.optional(),
});
export type ReplayOrder = z.infer<typeof replayOrderSchema>;

/** `node_order.result` of a `preview` order, and of a `replay` order. */
export const previewResultSchema = z.union([
  z.object({ plan: nodePlanSchema }),
  z.object({ failure: planFailureSchema.omit({ node: true }) }),
]);
export type PreviewResult = z.infer<typeof previewResultSchema>;
export const replayResultSchema = replayNodeSchema.omit({ node: true, doneAt: true });
export type ReplayResult = z.infer<typeof replayResultSchema>;

/** sha256 of one node's plan, order of names and keys aside. */
export function nodePlanDigest(plan: NodePlan): string {
  const { node, revision, chain, install, remove, deploy, skip, bytes } = plan;
  const lists = [install, remove, deploy].map((names) => [...names].sort());
  return sha256(JSON.stringify([node, revision, chain, ...lists, skip, bytes]));
}

/** sha256 over the plans of all nodes and the names of those without one. */
export function replayPlanDigest(plans: readonly NodePlan[], failures: readonly PlanFailure[]): string {
  const lines = [
    ...plans.map((plan) => `plan ${plan.node} ${nodePlanDigest(plan)}`),
    ...failures.map(({ node, code }) => `none ${node} ${code}`),
  ];
  return sha256(lines.sort().join('\n'));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
