import type { NodeReport, ReportedExtension } from '@muster/contracts';

const remembered = new WeakMap<NodeReport, readonly ReportedExtension[]>();

/** What stands aside on a node. A report is a snapshot that never changes, and is looked at in every round. */
export function parkedEntries(report: NodeReport): readonly ReportedExtension[] {
  const known = remembered.get(report);
  if (known !== undefined) return known;
  const parked = report.extensions.filter(({ state }) => state === 'parked');
  remembered.set(report, parked);
  return parked;
}
