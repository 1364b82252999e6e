import { z } from 'zod';
import { holdSchema } from './hold-api.js';
import { extensionNameSchema, nodeIdSchema, revisionSchema, sha256Schema, timeSchema } from './names.js';
import { extensionStateSchema } from './states.js';
import { versionSchema } from './version.js';

export const NODE_REPORT_VERSION = 1;

/** One failure as people read it. `code` is stable and kebab-case. */
export const failureSchema = z.object({ code: z.string(), detail: z.string(), at: timeSchema });
export type Failure = z.infer<typeof failureSchema>;

/** For whom a node waits before it runs the hooks of a change. */
export const turnWaitSchema = z.object({
  /** In plain words: who has the turn, or where the change has failed and why. */
  detail: z.string(),
  /** The node that has the turn, or on which the hook failed. */
  node: nodeIdSchema.optional(),
  /** Since when that node has its turn, or failed, by the database's clock. */
  since: timeSchema.optional(),
  /** The hook failed there, or nobody knows how it ended: it waits until that is settled, or it is told to go on. */
  failed: z.boolean(),
});
export type TurnWait = z.infer<typeof turnWaitSchema>;

/**
 * One extension as it stands on a node. `version`, `sha256` and `treeDigest` are of what is on disk (absent: nothing is);
 * `wanted…` of what the catalog wants (absent: it is to be removed). `revision` is the one that last changed it.
 */
export const reportedExtensionSchema = z.object({
  name: extensionNameSchema,
  state: extensionStateSchema,
  since: timeSchema,
  version: versionSchema.optional(),
  sha256: sha256Schema.optional(),
  treeDigest: sha256Schema.optional(),
  /** Whether the deploy hook of what is on disk has run to its end. */
  deployed: z.boolean(),
  wantedVersion: versionSchema.optional(),
  wantedSha256: sha256Schema.optional(),
  revision: revisionSchema.optional(),
  attempts: z.number().int().nonnegative().optional(),
  nextAttemptAt: timeSchema.optional(),
  firstFailure: failureSchema.optional(),
  lastFailure: failureSchema.optional(),
  /** The parked or missing extension that this one stands behind. */
  waitsFor: extensionNameSchema.optional(),
  /** While it is `waiting-turn`. */
  turn: turnWaitSchema.optional(),
});
export type ReportedExtension = z.infer<typeof reportedExtensionSchema>;

/** A correction that the agent made because the disk had drifted from the catalog. */
export const driftSchema = z.object({ extension: extensionNameSchema, found: z.string(), at: timeSchema });
export type Drift = z.infer<typeof driftSchema>;

/** Who holds the lock of a node's storage. */
export const lockHolderSchema = z.object({
  service: z.string(),
  node: z.string(),
  pid: z.number().int(),
  purpose: z.string().optional(),
  revision: revisionSchema.optional(),
  since: timeSchema.optional(),
});
export type LockHolder = z.infer<typeof lockHolderSchema>;

/** What the agent does right now. */
export const currentStepSchema = z.object({
  extension: extensionNameSchema.optional(),
  state: extensionStateSchema,
  since: timeSchema,
  /** In plain words, e.g. for whom it waits. */
  detail: z.string().optional(),
});
export type CurrentStep = z.infer<typeof currentStepSchema>;

/**
 * How this instance came back to the cluster: along the tail of the log, where storage and log both still hold what lies
 * between, or from a snapshot of the head, hashing everything. `reason` says in words why.
 */
export const rejoinSchema = z.object({
  way: z.enum(['log-tail', 'snapshot']),
  reason: z.string(),
  fromRevision: revisionSchema,
  toRevision: revisionSchema,
  at: timeSchema,
});
export type Rejoin = z.infer<typeof rejoinSchema>;

/** Whether this node hears of changes through the event log; where not, it finds them by its timer. */
export const followedLogSchema = z.object({
  following: z.boolean(),
  /** Why not, and what the node does meanwhile; or where the subscription began. */
  detail: z.string(),
  since: timeSchema,
});
export type FollowedLog = z.infer<typeof followedLogSchema>;

/**
 * A full snapshot of one node: never a difference, so a lost or doubled one does no harm. `instance` is new with every
 * start, `seq` counts within it. `provenAgeMs` is how old the proof was when the report was sent; the receiver reckons
 * from there on its own database's clock, so that a node's wrong clock does not matter.
 */
export const nodeReportSchema = z.object({
  type: z.literal('NodeReport'),
  schemaVersion: z.literal(NODE_REPORT_VERSION),
  catalogId: z.string(),
  node: nodeIdSchema,
  storageId: z.string(),
  instance: z.string(),
  /** When this instance started: a later start is a newer instance. */
  startedAt: timeSchema,
  seq: z.number().int().nonnegative(),
  state: z.enum(['live', 'stopped', 'forked', 'retired']),
  /** Why the node is forked. */
  stateReason: z.string().optional(),
  /** The revision whose changes this node has taken in, parked ones included, and its chain. */
  revision: revisionSchema,
  chain: sha256Schema,
  /** Digest over what was proven to stand on disk; absent before the first proof. */
  rootDigest: sha256Schema.optional(),
  provenAt: timeSchema.optional(),
  provenAgeMs: z.number().int().nonnegative().optional(),
  /** Whether the hooks of everything on disk have run. */
  deployed: z.boolean(),
  sentAt: timeSchema,
  extensions: z.array(reportedExtensionSchema),
  /** Directories that Muster did not put there. */
  foreign: z.array(z.string()),
  queue: z.array(z.object({ extension: extensionNameSchema, revision: revisionSchema })),
  step: currentStepSchema.optional(),
  /** The extensions that are being switched together; until that is over the node is not ready. */
  switching: z.object({ since: timeSchema, extensions: z.array(extensionNameSchema) }).optional(),
  /** The latest drift corrections, newest first, at most 20. */
  drift: z.array(driftSchema),
  /** The latest; absent before the first look has ended. */
  rejoin: rejoinSchema.optional(),
  eventLog: followedLogSchema.optional(),
  /** Set while it is paused: it looks and proves, and changes nothing. */
  paused: holdSchema.optional(),
  /** The holder, while it waits for the lock of its own storage. */
  lock: lockHolderSchema.optional(),
  /** Set while it cannot read its catalog; reports then go by another way, or the node is asked directly. */
  catalogAway: z.object({ since: timeSchema, detail: z.string() }).optional(),
  /** This node's clock less the database's, in ms, as it was measured last; the error is at most half of the round trip. */
  clockOffsetMs: z.number().optional(),
  address: z.string().optional(),
  musterVersion: z.string(),
});
export type NodeReport = z.infer<typeof nodeReportSchema>;
