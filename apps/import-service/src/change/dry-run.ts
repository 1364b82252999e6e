import type { ImportPlan, PackageReport, Warning } from '@muster/contracts';
import type { PackageContents } from '@muster/extension-package';
import type { Reason } from '../rules/facts.js';
import type { UploadedZip } from '../upload/upload-file.js';
import type { Planned } from './planned.js';

/** The one package that a dry run is about. */
export type PlannedPackage = Pick<PackageContents, 'metadata' | 'manifest' | 'unpackedBytes'> &
  Pick<UploadedZip, 'sha256' | 'sizeBytes'>;

export interface DryRunParts {
  readonly planned: Planned;
  /** What keeps off any change. */
  readonly holds: readonly Reason[];
  readonly packages: readonly PackageReport[];
  /** Where there is exactly one package. */
  readonly only?: PlannedPackage;
  readonly warnings?: readonly Warning[];
}

/** The plan as the answer to a dry run shows it. Pure. */
export function describeDryRun({ planned, holds, packages, only, warnings = [] }: DryRunParts): ImportPlan {
  const { verdicts } = planned;
  const reasons = [...holds, ...planned.reasons];
  const accepted = reasons.length === 0;
  return {
    dryRun: true,
    accepted,
    revision: planned.wanted.revision,
    ...(only && { package: shown(only) }),
    packages: [...packages],
    changes: accepted ? verdicts.flatMap(({ change }) => change ?? []) : [],
    entitiesAdded: verdicts.flatMap(({ entitiesAdded }) => entitiesAdded),
    entitiesRemoved: verdicts.flatMap(({ entitiesRemoved }) => entitiesRemoved),
    reasons,
    warnings: [...warnings, ...planned.warnings],
  };
}

function shown({
  metadata,
  manifest,
  unpackedBytes,
  sha256,
  sizeBytes,
}: PlannedPackage): NonNullable<ImportPlan['package']> {
  const { fileResources: _, ...rest } = metadata;
  return { ...rest, sha256, sizeBytes, unpackedBytes, files: manifest.files.length };
}
