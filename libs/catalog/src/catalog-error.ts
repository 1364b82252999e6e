import { MusterError } from '@muster/contracts';
import type { MusterErrorOptions } from '@muster/contracts';

/**
 * What the catalog throws. `outcome-unknown`: the connection broke while COMMIT was in flight; ask `revisions.findImport`.
 * `database-away`, `lock-timeout`: nothing was changed; try again. `draft-invalid` and `blob-damaged` are bugs or broken data.
 */
export type CatalogErrorCode =
  | 'database-away'
  | 'outcome-unknown'
  | 'lock-timeout'
  | 'schema-outdated'
  | 'schema-too-new'
  | 'migration-locked'
  | 'draft-invalid'
  | 'blob-damaged'
  | 'range-invalid'
  | 'pattern-invalid';

export class CatalogError extends MusterError {
  declare readonly code: CatalogErrorCode;

  constructor(code: CatalogErrorCode, detail: string, options: MusterErrorOptions = {}) {
    super(code, detail, options);
  }
}
