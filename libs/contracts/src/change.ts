import { z } from 'zod';
import { extensionNameSchema, sha256Schema } from './names.js';
import { versionSchema } from './version.js';

export const changeActionSchema = z.enum(['install', 'upgrade', 'downgrade', 'reinstall', 'remove']);
export type ChangeAction = z.infer<typeof changeActionSchema>;

/**
 * One change of a revision. `version` and `sha256` are those of the package that comes, or, for a removal, of the one that
 * goes; `previous…` are those of the package that was there before an upgrade, a downgrade or a reinstall (the same
 * version with other bytes).
 */
export const revisionChangeSchema = z.object({
  action: changeActionSchema,
  extension: extensionNameSchema,
  version: versionSchema,
  sha256: sha256Schema,
  sizeBytes: z.number().int().nonnegative(),
  previousVersion: versionSchema.optional(),
  previousSha256: sha256Schema.optional(),
});
export type RevisionChange = z.infer<typeof revisionChangeSchema>;

/** Most changes in one revision: one Kafka batch of 3,000 events was too large. */
export const MAX_CHANGES_PER_REVISION = 1000;
