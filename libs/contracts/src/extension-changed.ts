import { z } from 'zod';
import { changeActionSchema } from './change.js';
import { extensionNameSchema, nodeIdSchema, sha256Schema, timeSchema } from './names.js';
import { versionSchema } from './version.js';

export const EXTENSION_CHANGED_VERSION = 1;

/**
 * One change of one revision, as the event log carries it: never the zip. An event says *look*; the catalog says *what*.
 * `position` counts the changes of the revision from 0, `count` says how many there are.
 */
export const extensionChangedSchema = z.object({
  type: z.literal('ExtensionChanged'),
  schemaVersion: z.literal(EXTENSION_CHANGED_VERSION),
  catalogId: z.string(),
  revision: z.number().int().positive(),
  chain: sha256Schema,
  position: z.number().int().nonnegative(),
  count: z.number().int().positive(),
  action: changeActionSchema,
  extension: extensionNameSchema,
  version: versionSchema,
  sha256: sha256Schema,
  sizeBytes: z.number().int().nonnegative(),
  committedAt: timeSchema,
  actor: z.string(),
  traceparent: z.string().optional(),
  /** Set when the event was published again for recovery. */
  replayId: z.string().optional(),
  /** The nodes that a replay is meant for; absent means all. */
  nodes: z.array(nodeIdSchema).optional(),
});
export type ExtensionChanged = z.infer<typeof extensionChangedSchema>;
