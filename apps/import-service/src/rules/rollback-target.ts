import { compareVersions } from '@muster/contracts';
import type { KnownVersion, RollbackRequest } from '@muster/contracts';
import { versionOf } from './version-rule.js';

/** Which of the packages that an extension had a roll back means. */
export type RollbackTarget =
  | { readonly kind: 'found'; readonly target: KnownVersion }
  | { readonly kind: 'unknown' }
  /** One version that was imported with several contents. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly KnownVersion[] };

/**
 * Of all packages that an extension ever had, the one that was asked for by version, by sha256, or by both; without either,
 * the one that was current `before`. `1.2` means `1.2.0`, too. Pure.
 */
export function findRollbackTarget(
  known: readonly KnownVersion[],
  { version, sha256 }: RollbackRequest,
  before: string | undefined,
): RollbackTarget {
  const wantedBytes = sha256 ?? (version === undefined ? before : undefined);
  const candidates = known.filter(
    (one) =>
      (wantedBytes === undefined ? version !== undefined : one.sha256 === wantedBytes) &&
      (version === undefined || compareVersions(versionOf(one.version), versionOf(version)) === 0),
  );
  const [target] = candidates;
  if (target === undefined) return { kind: 'unknown' };
  return candidates.length === 1 ? { kind: 'found', target } : { kind: 'ambiguous', candidates };
}
