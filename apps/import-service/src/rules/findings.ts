import type { Warning } from '@muster/contracts';
import type { Reason } from './facts.js';

/** What a rule finds that does not only refuse. */
export interface Findings {
  readonly reasons: readonly Reason[];
  readonly warnings: readonly Warning[];
}

export const NOTHING_FOUND: Findings = { reasons: [], warnings: [] };
