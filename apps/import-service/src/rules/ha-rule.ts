import type { Incoming } from './facts.js';
import { NOTHING_FOUND, type Findings } from './findings.js';
import type { ImportPolicy } from './import-options.js';

/**
 * `haCompatible="false"` is a warning, or with `deny` a refusal. Most packages do not declare it at all: that is one step
 * milder, and is told only where an administrator chose to be strict (decision 0012).
 */
export function haRule(
  { metadata: { name, haCompatible } }: Pick<Incoming, 'metadata'>,
  level: ImportPolicy['haCompatibility'],
): Findings {
  if (haCompatible === true) return NOTHING_FOUND;
  if (haCompatible === undefined) {
    if (level === 'warn') return NOTHING_FOUND;
    const detail = `"${name}" does not say whether it is made for a cluster (no haCompatible)`;
    return { reasons: [], warnings: [{ code: 'ha-not-declared', detail }] };
  }
  const detail = `"${name}" says of itself that it is not made for a cluster (haCompatible="false")`;
  const code = 'not-ha-compatible';
  if (level === 'warn') return { reasons: [], warnings: [{ code, detail }] };
  const remedy = 'Ask its vendor for a version that is; or let it in with a warning: MUSTER_HA_COMPATIBILITY=warn.';
  return { reasons: [{ code, detail, remedy }], warnings: [] };
}
