import { compareVersions, type Warning } from '@muster/contracts';
import type { CurrentExtension, Incoming } from './facts.js';
import type { ImportOptions } from './import-options.js';
import { versionOf } from './version-rule.js';

/** Why a package is left out of a partial import; undefined where it takes part. Exact bytes are `unchanged`, not skipped. */
export function skipRule(
  { metadata: { name, version }, sha256 }: Pick<Incoming, 'metadata' | 'sha256'>,
  current: CurrentExtension | undefined,
  partial: ImportOptions['partial'],
): Warning | undefined {
  if (partial === 'none' || current === undefined || current.sha256 === sha256) return undefined;
  const order = compareVersions(versionOf(current.version), versionOf(version));
  if (order < 0) return undefined;
  const there = order === 0 ? 'the same version is installed' : `${current.version} is installed`;
  return { code: 'skipped-installed', detail: `"${name}" ${version} was left out: ${there}` };
}
