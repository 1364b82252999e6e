import { z } from 'zod';
import { sha256Schema } from './names.js';

/** One file of a package: its path inside the extension's directory (with `/`), its size in bytes and its digest. */
export const manifestFileSchema = z.object({
  path: z.string(),
  size: z.number().int().nonnegative(),
  sha256: sha256Schema,
});

/**
 * What a package unpacks to, without the `.chk`: its files, and all its directories (the parents of files and those that
 * the zip lists by themselves), without a trailing `/`.
 */
export const packageManifestSchema = z.object({
  files: z.array(manifestFileSchema),
  directories: z.array(z.string()),
});

export type ManifestFile = z.infer<typeof manifestFileSchema>;
export type PackageManifest = z.infer<typeof packageManifestSchema>;
