import type { CatalogWanted } from '@muster/catalog';
import type { Warning } from '@muster/contracts';
import type { CatalogFacts, Incoming, Reason } from '../rules/facts.js';
import type { PackageVerdict } from '../rules/plan-import.js';

/** What the rules say of some packages, and the state of the catalog that they were asked about. */
export interface Planned<T extends Incoming = Incoming> {
  /** In the order in which the packages are brought. */
  readonly verdicts: readonly PackageVerdict<T>[];
  readonly reasons: readonly Reason[];
  readonly warnings: readonly Warning[];
  readonly wanted: CatalogWanted;
  readonly facts: CatalogFacts;
}
