import type { ImportPlan, ImportResult, PackageReport } from '@muster/contracts';
import type { HttpProblem } from '@muster/service-kit';

/** A row for each package that an import, its plan or its refusal tells of; none where not one of them could be read. */
export function reportsOf(told: ImportResult | ImportPlan | HttpProblem): readonly PackageReport[] {
  const packages = told.packages ?? [];
  return packages.some(({ extension }) => extension !== undefined) ? packages : [];
}
