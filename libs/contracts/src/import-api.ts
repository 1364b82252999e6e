import { z } from 'zod';
import { changeActionSchema, revisionChangeSchema } from './change.js';
import { packageEntitySchema, packageMetadataSchema } from './metadata.js';
import { extensionNameSchema, revisionSchema, sha256Schema, timeSchema } from './names.js';
import { packageReportSchema, reasonSchema, warningSchema } from './package-report.js';
import { blockerSchema } from './blocker.js';
import { versionSchema } from './version.js';

/** One change in the answer to an import or a removal. */
export const changeResultSchema = z.object({
  action: changeActionSchema,
  extension: extensionNameSchema,
  version: versionSchema,
  previousVersion: versionSchema.optional(),
  sha256: sha256Schema,
});
export type ChangeResult = z.infer<typeof changeResultSchema>;

/** `POST /imports` and `DELETE /extensions/{name}`. `changes` is empty where exactly these bytes are current already. */
export const importResultSchema = z.object({
  revision: revisionSchema,
  chain: sha256Schema,
  changes: z.array(changeResultSchema),
  warnings: z.array(warningSchema),
  /** Of an import: what became of each package that was sent. */
  packages: z.array(packageReportSchema).optional(),
  /** Of one that was activated on all nodes together: the proposal that it was until then. */
  proposal: z.uuid().optional(),
});
export type ImportResult = z.infer<typeof importResultSchema>;

/** `POST /extensions/{name}/rollback`: a new revision that brings an earlier package back; without `version`, the one before. */
export const rollbackRequestSchema = z.strictObject({
  version: versionSchema.optional(),
  sha256: sha256Schema.optional(),
});
export type RollbackRequest = z.infer<typeof rollbackRequestSchema>;

/** `POST /imports?dryRun=true`: what an import would do, and every reason against it. Nothing is changed. */
export const importPlanSchema = z.object({
  dryRun: z.literal(true),
  accepted: z.boolean(),
  /** The head that the plan was made against. */
  revision: revisionSchema,
  /** Only where there is exactly one; `packages` tells of all. */
  package: packageMetadataSchema
    .omit({ fileResources: true })
    .extend({
      sha256: sha256Schema,
      sizeBytes: z.number(),
      unpackedBytes: z.number(),
      files: z.number(),
    })
    .optional(),
  packages: z.array(packageReportSchema).default([]),
  /** In the order in which they would be made. */
  changes: z.array(changeResultSchema),
  /** Entities that come and go with it. */
  entitiesAdded: z.array(packageEntitySchema),
  entitiesRemoved: z.array(packageEntitySchema),
  reasons: z.array(reasonSchema),
  warnings: z.array(warningSchema),
});
export type ImportPlan = z.infer<typeof importPlanSchema>;

/** `DELETE /extensions/{name}?dryRun=true`: what a removal would do, and every reason against it. Nothing is changed. */
export const removalPlanSchema = z.object({
  dryRun: z.literal(true),
  accepted: z.boolean(),
  /** The head that the plan was made against. */
  revision: revisionSchema,
  /** In the order in which they would be made: dependants first. */
  changes: z.array(changeResultSchema),
  /** Entities that go, with the extension that owns each. */
  entitiesRemoved: z.array(packageEntitySchema.extend({ extension: extensionNameSchema })),
  /** Others that need it, directly or through another; with `cascade` they are among the changes. */
  blockers: z.array(blockerSchema),
  reasons: z.array(reasonSchema),
  warnings: z.array(warningSchema),
});
export type RemovalPlan = z.infer<typeof removalPlanSchema>;

/** One extension of the catalog at head. */
export const extensionSummarySchema = z.object({
  name: extensionNameSchema,
  version: versionSchema,
  sha256: sha256Schema,
  sizeBytes: z.number().int(),
  unpackedBytes: z.number().int(),
  revision: revisionSchema,
  treeDigest: sha256Schema,
  vendor: z.string().optional(),
  description: z.string().optional(),
});
export type ExtensionSummary = z.infer<typeof extensionSummarySchema>;

/** A package that the catalog knows of an extension. `stored` is false where its zip was purged or collected. */
export const knownVersionSchema = z.object({
  version: versionSchema,
  sha256: sha256Schema,
  sizeBytes: z.number().int(),
  importedAt: timeSchema,
  current: z.boolean(),
  stored: z.boolean(),
});
export type KnownVersion = z.infer<typeof knownVersionSchema>;

/** `GET /extensions/{name}`. */
export const extensionDetailSchema = extensionSummarySchema.extend({
  metadata: packageMetadataSchema,
  /** Newest first: what it can be rolled back to. */
  versions: z.array(knownVersionSchema),
  history: z.array(
    revisionChangeSchema.extend({ revision: revisionSchema, committedAt: timeSchema, actor: z.string() }),
  ),
});
export type ExtensionDetail = z.infer<typeof extensionDetailSchema>;

/** An entity and the extension that owns it. `LocalizationTable` entities merge and may have several owners. */
export const ownedEntitySchema = packageEntitySchema.extend({ extension: extensionNameSchema });
export type OwnedEntity = z.infer<typeof ownedEntitySchema>;

/** One commit to the catalog, as `GET /revisions` lists it. */
export const revisionViewSchema = z.object({
  revision: revisionSchema,
  chain: sha256Schema,
  rootDigest: sha256Schema,
  importId: z.string(),
  actor: z.string(),
  committedAt: timeSchema,
  publishedAt: timeSchema.optional(),
  changes: z.array(revisionChangeSchema),
});
export type RevisionView = z.infer<typeof revisionViewSchema>;

export const extensionListSchema = z.object({
  revision: revisionSchema,
  chain: sha256Schema,
  extensions: z.array(extensionSummarySchema),
});
export const revisionListSchema = z.object({ revisions: z.array(revisionViewSchema), next: revisionSchema.optional() });
export const entityListSchema = z.object({ revision: revisionSchema, entities: z.array(ownedEntitySchema) });
export type ExtensionList = z.infer<typeof extensionListSchema>;
export type RevisionList = z.infer<typeof revisionListSchema>;
export type EntityList = z.infer<typeof entityListSchema>;
