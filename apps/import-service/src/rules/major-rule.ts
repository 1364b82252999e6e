import type { CurrentExtension, Incoming } from './facts.js';
import { NOTHING_FOUND, type Findings } from './findings.js';
import type { ImportPolicy } from './import-options.js';
import { versionOf } from './version-rule.js';

/** Another major takes the place of the installed one with a warning, or is refused, as the service is configured. */
export function majorRule(
  { metadata: { name, version } }: Pick<Incoming, 'metadata'>,
  current: CurrentExtension | undefined,
  majorUpgrades: ImportPolicy['majorUpgrades'],
): Findings {
  if (current === undefined) return NOTHING_FOUND;
  const [from, to] = [versionOf(current.version).parts[0], versionOf(version).parts[0]];
  if (from === to) return NOTHING_FOUND;
  if (majorUpgrades === 'accept') {
    const detail = `"${name}" changes its major version from ${current.version} to ${version}`;
    return { reasons: [], warnings: [{ code: 'major-changed', detail }] };
  }
  return {
    warnings: [],
    reasons: [
      {
        code: 'major-refused',
        detail: `"${name}" is already installed (${current.version}); ${name}:${version} is not compatible, remove ${name}:${current.version} first`,
        remedy: `Remove "${name}" first, or let the import-service take another major with MUSTER_MAJOR_UPGRADES=accept.`,
      },
    ],
  };
}
