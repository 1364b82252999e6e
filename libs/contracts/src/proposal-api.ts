import { z } from 'zod';
import { changeResultSchema } from './import-api.js';
import { extensionNameSchema, nodeIdSchema, revisionSchema, sha256Schema, timeSchema } from './names.js';
import { versionSchema } from './version.js';

/** How long the nodes may take to get ready for an activation together. */
export const PROPOSAL_DEADLINE = { defaultMs: 60_000, minMs: 1_000, maxMs: 3_600_000 };

/**
 * How far a node is with a proposal: `waiting`, it was not heard of; `staging`, it fetches, unpacks and checks; `ready`, all
 * stands aside on its disk, checked and durable; `failed`, it could not get ready, and tries again until the proposal is over;
 * `paused`, an operator holds it; `absent`, it is stopped or silent.
 */
export const readinessStateSchema = z.enum(['waiting', 'staging', 'ready', 'failed', 'paused', 'absent']);
export type ReadinessState = z.infer<typeof readinessStateSchema>;

/** One expected node and a proposal. `code` and `reason` say why where it is not ready. */
export const nodeReadinessSchema = z.object({
  node: nodeIdSchema,
  state: readinessStateSchema,
  code: z.string().optional(),
  reason: z.string().optional(),
  /** Since when it is so. */
  since: timeSchema,
});
export type NodeReadiness = z.infer<typeof nodeReadinessSchema>;

/** What a node needs to know to stage a package that no revision has brought yet. */
export const proposedPackageSchema = z.object({
  name: extensionNameSchema,
  version: versionSchema,
  /** Of the zip. */
  sha256: sha256Schema,
  treeDigest: sha256Schema,
  sizeBytes: z.number().int().nonnegative(),
  unpackedBytes: z.number().int().nonnegative(),
  /** The number that its revision would have had when it was proposed. */
  revision: revisionSchema,
  /** Names of those that it needs and that are there with it. */
  dependsOn: z.array(extensionNameSchema),
  /** Names of other extensions of which a package brought one of its entities before. */
  succeeds: z.array(extensionNameSchema),
});
export type ProposedPackage = z.infer<typeof proposedPackageSchema>;

/**
 * `open`: nodes get ready. `activated`: all were, and it became `revision`. `void`: it came to nothing, and nothing was
 * changed anywhere; `reason` says why.
 */
export const proposalStateSchema = z.enum(['open', 'activated', 'void']);
export type ProposalState = z.infer<typeof proposalStateSchema>;

/** `GET /proposals/{id}`, and each of `GET /proposals`. */
export const proposalViewSchema = z.object({
  id: z.uuid(),
  state: proposalStateSchema,
  actor: z.string(),
  /** The head that it was made against. */
  baseRevision: revisionSchema,
  changes: z.array(changeResultSchema),
  createdAt: timeSchema,
  /** Past this, by the database's clock, it is void. */
  expiresAt: timeSchema,
  settledAt: timeSchema.optional(),
  reason: z.string().optional(),
  revision: revisionSchema.optional(),
  /** Every expected node; of a settled one as it was then. */
  nodes: z.array(nodeReadinessSchema),
});
export type ProposalView = z.infer<typeof proposalViewSchema>;

/** `GET /proposals`: the newest first. */
export const proposalListSchema = z.object({ proposals: z.array(proposalViewSchema) });
export type ProposalList = z.infer<typeof proposalListSchema>;
