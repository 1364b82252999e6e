import type { ImportPlan } from '@muster/contracts';
import type { PackageContents } from '@muster/extension-package';
import type { Reason } from '../rules/facts.js';
import type { UploadedZip } from '../upload/upload-file.js';
import type { Planned } from './package-landing.js';

/** The package that a dry run is about. */
export type PlannedPackage = Pick<PackageContents, 'metadata' | 'manifest' | 'unpackedBytes'> &
  Pick<UploadedZip, 'sha256' | 'sizeBytes'>;

/** The plan as the answer to a dry run shows it; `holds` keep off any change. Pure. */
export function describeDryRun(
  { metadata, manifest, unpackedBytes, sha256, sizeBytes }: PlannedPackage,
  planned: Omit<Planned, 'facts'>,
  holds: readonly Reason[],
): ImportPlan {
  const { fileResources: _, ...shown } = metadata;
  const reasons = [...holds, ...planned.reasons];
  const accepted = reasons.length === 0;
  return {
    dryRun: true,
    accepted,
    revision: planned.wanted.revision,
    package: { ...shown, sha256, sizeBytes, unpackedBytes, files: manifest.files.length },
    changes: accepted ? [...planned.changes] : [],
    entitiesAdded: [...planned.entitiesAdded],
    entitiesRemoved: [...planned.entitiesRemoved],
    reasons,
    warnings: [...planned.warnings],
  };
}
