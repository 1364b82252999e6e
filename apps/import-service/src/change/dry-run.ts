import type { ImportPlan } from '@muster/contracts';
import type { PackageContents } from '@muster/extension-package';
import type { ImportVerdict } from '../rules/plan-import.js';
import type { UploadedZip } from '../upload/upload-file.js';

/** The plan as the answer to a dry run shows it. Pure. */
export function describeDryRun(
  { metadata, manifest, unpackedBytes }: PackageContents,
  { sha256, sizeBytes }: Pick<UploadedZip, 'sha256' | 'sizeBytes'>,
  verdict: ImportVerdict,
  revision: number,
): ImportPlan {
  const { fileResources: _, ...shown } = metadata;
  const accepted = verdict.reasons.length === 0;
  return {
    dryRun: true,
    accepted,
    revision,
    package: { ...shown, sha256, sizeBytes, unpackedBytes, files: manifest.files.length },
    changes: accepted ? [...verdict.changes] : [],
    entitiesAdded: [...verdict.entitiesAdded],
    entitiesRemoved: [...verdict.entitiesRemoved],
    reasons: [...verdict.reasons],
    warnings: [...verdict.warnings],
  };
}
