import type { ChangeResult, RevisionChange } from '@muster/contracts';
import { names } from './words.js';

type Change = Pick<ChangeResult | RevisionChange, 'action' | 'extension' | 'version' | 'previousVersion'>;

/** `upgrade Autocomplete 1.0.37 → 1.0.38`, of several the first three. */
export function changesWords(changes: readonly Change[]): string {
  return names(
    changes.map(({ action, extension, version, previousVersion }) => {
      const from = previousVersion === undefined || previousVersion === version ? '' : `${previousVersion} → `;
      return `${action} ${extension} ${from}${version}`;
    }),
    3,
  );
}
