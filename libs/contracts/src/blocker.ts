import { z } from 'zod';
import { dependencySchema } from './metadata.js';
import { extensionNameSchema } from './names.js';
import { versionSchema } from './version.js';

/** An installed extension that keeps another one from being removed, because it needs it or something that needs it. */
export const blockerSchema = z.object({
  extension: extensionNameSchema,
  version: versionSchema,
  /** What it needs of those that would go, and from which version on. */
  needs: z.array(dependencySchema),
});
export type Blocker = z.infer<typeof blockerSchema>;
