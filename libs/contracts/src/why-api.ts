import { z } from 'zod';
import { CAUSES, type CauseName } from './cause-table.js';
import { extensionNameSchema, nodeIdSchema, revisionSchema, timeSchema } from './names.js';
import { failureSchema } from './node-report.js';

export const causeNameSchema = z.enum(Object.keys(CAUSES) as [CauseName, ...CauseName[]]);

/** One link of the chain: what keeps this node, or this extension on it, from what the catalog wants. */
export const causeSchema = z.object({
  cause: causeNameSchema,
  /** One sentence that names the node, the extension, the thing and the time. */
  text: z.string(),
  node: nodeIdSchema.optional(),
  extension: extensionNameSchema.optional(),
  since: timeSchema,
  /** The extension, the process or the node that it waits for. */
  waitsFor: z.string().optional(),
  attempts: z.number().int().nonnegative().optional(),
  nextAttempt: timeSchema.optional(),
  firstFailure: failureSchema.optional(),
  lastFailure: failureSchema.optional(),
  /** What clears it, in words. */
  remedy: z.string(),
  /** The command that does so, where there is one: `muster retry node-3 Foo`. */
  command: z.string().optional(),
});
export type Cause = z.infer<typeof causeSchema>;

/**
 * `GET /why?node=&extension=&revision=`: without a node all that are not as they should be, without an extension all of the
 * node. `ok` is true, and `causes` holds at most remarks (`clock-skew`, `drift-recurring`), where nothing is wrong.
 */
export const whySchema = z.object({
  node: nodeIdSchema.optional(),
  extension: extensionNameSchema.optional(),
  /** The revision that was asked for, else the head. */
  revision: revisionSchema,
  ok: z.boolean(),
  /** The whole chain in words. */
  text: z.string(),
  causes: z.array(causeSchema),
  /** When this was so, by the clock of the database, or by this service's while the database is away. */
  at: timeSchema,
});
export type Why = z.infer<typeof whySchema>;
