import type { Catalog } from '@muster/catalog';
import type { ImportPlan, ImportResult, PackageMetadata, PackageReport } from '@muster/contracts';
import type { HttpProblem } from '@muster/service-kit';
import type { Attempt } from '../change/attempt.js';

type Reported = { readonly packages?: readonly PackageReport[] | undefined };

/** What became of each package of an import that was answered. */
export async function reportsOfResult(
  result: ImportResult & Reported,
  { subject, sha256 }: Attempt,
  catalog: Pick<Catalog, 'packages'>,
): Promise<readonly PackageReport[]> {
  if (result.packages !== undefined) return result.packages;
  const stored = sha256 === undefined ? undefined : await catalog.packages.find(sha256);
  const [change] = result.changes;
  const { warnings } = result;
  return [
    {
      ...describe(subject, sha256, stored?.metadata),
      ...(change?.previousVersion !== undefined && { previousVersion: change.previousVersion }),
      outcome: change === undefined || change.action === 'remove' ? 'unchanged' : change.action,
      reasons: [],
      warnings,
    },
  ];
}

/** What would become of each package. */
export function reportsOfPlan(plan: ImportPlan & Reported): readonly PackageReport[] {
  if (plan.packages !== undefined) return plan.packages;
  const { package: shown, changes, reasons, warnings, accepted } = plan;
  const [change] = changes;
  const planned = change === undefined || change.action === 'remove' ? 'unchanged' : change.action;
  return [
    {
      ...describe(shown.name, shown.sha256, shown),
      ...(change?.previousVersion !== undefined && { previousVersion: change.previousVersion }),
      outcome: accepted ? planned : 'refused',
      reasons,
      warnings,
    },
  ];
}

/** What is known of the packages of an import that was refused; empty where none of them could be read. */
export function reportsOfProblem(
  problem: HttpProblem & Reported,
  { subject, sha256 }: Attempt,
): readonly PackageReport[] {
  if (problem.packages !== undefined) return problem.packages;
  if (subject === undefined) return [];
  const described = { ...describe(subject, sha256, undefined), warnings: [] };
  const { code, message: detail, remedy } = problem;
  return [{ ...described, outcome: 'refused', reasons: [{ code, detail, ...(remedy !== undefined && { remedy }) }] }];
}

function describe(
  extension: string | undefined,
  sha256: string | undefined,
  metadata: Omit<PackageMetadata, 'fileResources'> | undefined,
): Omit<PackageReport, 'outcome' | 'reasons' | 'warnings'> {
  const { version, vendor, description, minimumThingWorxVersion, buildNumber, dependsOn = [] } = metadata ?? {};
  return {
    ...(extension !== undefined && { extension }),
    ...(version !== undefined && { version }),
    ...(sha256 !== undefined && { sha256 }),
    ...(vendor !== undefined && { vendor }),
    ...(description !== undefined && { description }),
    ...(minimumThingWorxVersion !== undefined && { minimumThingWorxVersion }),
    ...(buildNumber !== undefined && { buildNumber }),
    dependsOn,
  };
}
