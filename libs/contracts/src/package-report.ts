import { z } from 'zod';
import { dependencySchema } from './metadata.js';
import { extensionNameSchema, sha256Schema } from './names.js';
import { versionSchema } from './version.js';

export const warningSchema = z.object({ code: z.string(), detail: z.string() });
export type Warning = z.infer<typeof warningSchema>;

/** Why a package, or a whole change, is not taken as things stand. */
export const reasonSchema = warningSchema.extend({ remedy: z.string().optional() });
export type Reason = z.infer<typeof reasonSchema>;

/**
 * What became of one package of an import, or would: `unchanged` is current already, byte for byte; `skipped` was left out
 * because the same version or a newer one is there; `refused` has its reasons.
 */
export const packageOutcomeSchema = z.enum([
  'install',
  'upgrade',
  'downgrade',
  'reinstall',
  'unchanged',
  'skipped',
  'refused',
]);
export type PackageOutcome = z.infer<typeof packageOutcomeSchema>;

/**
 * One row for each package of an import, those inside of a bundle included, in the order in which they are brought. What is
 * unknown because the archive could not be read so far is absent.
 */
export const packageReportSchema = z.object({
  /** The file's name as it was sent; of a package inside of a bundle `outer.zip/inner.zip`. */
  file: z.string().optional(),
  extension: extensionNameSchema.optional(),
  version: versionSchema.optional(),
  previousVersion: versionSchema.optional(),
  sha256: sha256Schema.optional(),
  vendor: z.string().optional(),
  description: z.string().optional(),
  minimumThingWorxVersion: z.string().optional(),
  buildNumber: z.string().optional(),
  dependsOn: z.array(dependencySchema),
  outcome: packageOutcomeSchema,
  reasons: z.array(reasonSchema),
  warnings: z.array(warningSchema),
});
export type PackageReport = z.infer<typeof packageReportSchema>;
