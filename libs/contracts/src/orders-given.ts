import { z } from 'zod';
import { nodeIdSchema } from './names.js';

/** Wakes nodes that were given an order: the order itself stands in the catalog, and is read from there. */
export const ordersGivenSchema = z.object({
  type: z.literal('OrdersGiven'),
  schemaVersion: z.literal(1),
  catalogId: z.string(),
  /** Whom it concerns; absent means all. */
  nodes: z.array(nodeIdSchema).optional(),
});
export type OrdersGiven = z.infer<typeof ordersGivenSchema>;
