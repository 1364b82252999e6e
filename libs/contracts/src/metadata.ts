import { z } from 'zod';
import { extensionNameSchema, MAX_NAME_LENGTH } from './names.js';
import { versionSchema } from './version.js';

/** A thing that a package brings. `type` is the singular collection word of metadata.xml: `Widget`, `ThingTemplate`, … */
export const packageEntitySchema = z.object({ type: z.string().min(1).max(64), name: z.string().min(1).max(256) });

/** Another extension that must be there, at this version or a later one of the same major. */
export const dependencySchema = z.object({ name: z.string().min(1).max(MAX_NAME_LENGTH), version: versionSchema });

/** A file that metadata.xml names as a resource of an entity or of the package. */
export const fileResourceSchema = z.object({
  type: z.string(),
  file: z.string(),
  description: z.string().optional(),
});

/** What `metadata.xml` says of a package. Attributes that were not written are absent. */
export const packageMetadataSchema = z.object({
  name: extensionNameSchema,
  version: versionSchema,
  vendor: z.string().optional(),
  description: z.string().optional(),
  minimumThingWorxVersion: z.string().optional(),
  dependsOn: z.array(dependencySchema),
  haCompatible: z.boolean().optional(),
  buildNumber: z.string().optional(),
  migratorClass: z.string().optional(),
  artifactId: z.string().optional(),
  groupId: z.string().optional(),
  entities: z.array(packageEntitySchema),
  fileResources: z.array(fileResourceSchema),
});

export type PackageEntity = z.infer<typeof packageEntitySchema>;
export type Dependency = z.infer<typeof dependencySchema>;
export type FileResource = z.infer<typeof fileResourceSchema>;
export type PackageMetadata = z.infer<typeof packageMetadataSchema>;
