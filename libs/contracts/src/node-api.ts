import { z } from 'zod';
import { ownedEntitySchema } from './import-api.js';
import { lockHolderSchema, nodeReportSchema, reportedExtensionSchema } from './node-report.js';
import { nodeIdSchema, revisionSchema } from './names.js';

/** `GET /node` of an agent: its own report, made at this moment, with the lock and the parked ones drawn out. */
export const nodeViewSchema = nodeReportSchema.extend({
  storage: z.string(),
  parked: z.array(reportedExtensionSchema),
  /** Who holds the storage's lock, when it is not free. */
  lock: lockHolderSchema.optional(),
});
export type NodeView = z.infer<typeof nodeViewSchema>;

/** `GET /extensions` of an agent. */
export const nodeExtensionsSchema = z.object({
  node: nodeIdSchema,
  revision: revisionSchema,
  extensions: z.array(reportedExtensionSchema),
});
export type NodeExtensions = z.infer<typeof nodeExtensionsSchema>;

/** `GET /entities` of an agent: what this node offers, that is what is deployed on it. */
export const nodeEntitiesSchema = z.object({
  node: nodeIdSchema,
  revision: revisionSchema,
  entities: z.array(ownedEntitySchema),
});
export type NodeEntities = z.infer<typeof nodeEntitiesSchema>;
