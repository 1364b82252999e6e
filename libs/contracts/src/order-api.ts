import { z } from 'zod';
import { extensionNameSchema, nodeIdSchema, timeSchema } from './names.js';

export const orderKindSchema = z.enum(['retry', 'resync', 'verify', 'accept-catalog', 'preview', 'replay']);
export type OrderKind = z.infer<typeof orderKindSchema>;

/**
 * `POST /nodes/{id}/orders`. `verify` hashes what stands there; `retry` tries what is parked at once; `resync` does both;
 * `accept-catalog` ends a fork: the node takes this catalog for its own. Without `extensions` all are meant.
 */
export const orderRequestSchema = z.strictObject({
  kind: orderKindSchema.exclude(['preview', 'replay']),
  extensions: z.array(extensionNameSchema).min(1).max(1_000).optional(),
});
export type OrderRequest = z.infer<typeof orderRequestSchema>;

/** `open` until the node has carried it out; `expired` when it did not do so in time. */
export const orderStateSchema = z.enum(['open', 'done', 'expired']);

/** `GET /nodes/{id}/orders` and the answer to an order given. */
export const orderViewSchema = z.object({
  id: z.string(),
  node: nodeIdSchema,
  kind: orderKindSchema,
  extensions: z.array(extensionNameSchema).optional(),
  state: orderStateSchema,
  actor: z.string(),
  createdAt: timeSchema,
  expiresAt: timeSchema,
  doneAt: timeSchema.optional(),
  /** What the node says that came of it. */
  result: z.record(z.string(), z.unknown()).optional(),
});
export type OrderView = z.infer<typeof orderViewSchema>;

export const orderListSchema = z.object({ node: nodeIdSchema, orders: z.array(orderViewSchema) });
export type OrderList = z.infer<typeof orderListSchema>;
