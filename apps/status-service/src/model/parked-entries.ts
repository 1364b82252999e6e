import type { NodeReport, ReportedExtension } from '@muster/contracts';

const remembered = new WeakMap<NodeReport, readonly ReportedExtension[]>();

/** What stands aside on a node, that which failed itself before what only waits for it. A report is a snapshot that never changes, and is looked at in every round. */
export function parkedEntries(report: NodeReport): readonly ReportedExtension[] {
  const known = remembered.get(report);
  if (known !== undefined) return known;
  const parked = report.extensions
    .filter(({ state }) => state === 'parked')
    .sort((left, right) => Number(left.waitsFor !== undefined) - Number(right.waitsFor !== undefined));
  remembered.set(report, parked);
  return parked;
}
