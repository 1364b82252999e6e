import { compareVersions, parseVersion } from '@muster/contracts';
import type { Incoming } from './facts.js';
import { NOTHING_FOUND, type Findings } from './findings.js';
import { versionOf } from './version-rule.js';

/** Vendors write `9.0.0`, and now and then `9.0.0-b12` or `v9`: the numbers at the front count. */
const NUMBERS = /^\s*v?(\d{1,9}(?:\.\d{1,9}){0,3})/i;

/** A package that demands a later platform than this one is refused; one that demands nothing readable is told of. */
export function platformRule(
  { metadata: { name, minimumThingWorxVersion } }: Pick<Incoming, 'metadata'>,
  platformVersion: string | undefined,
): Findings {
  const written = minimumThingWorxVersion?.trim() ?? '';
  if (platformVersion === undefined || written === '') return NOTHING_FOUND;
  const minimum = parseVersion(NUMBERS.exec(written)?.[1] ?? '');
  if (minimum === undefined) {
    const detail = `"${name}" demands the platform ${JSON.stringify(written)}, which is no version; it was not compared with ${platformVersion}`;
    return { reasons: [], warnings: [{ code: 'platform-unknown', detail }] };
  }
  if (compareVersions(versionOf(platformVersion), minimum) >= 0) return NOTHING_FOUND;
  return {
    warnings: [],
    reasons: [
      {
        code: 'platform-too-old',
        detail: `"${name}" needs the platform in version ${written} or later, and this one is ${platformVersion}`,
        remedy: `Import a version of "${name}" for ${platformVersion}; after an upgrade of the platform set MUSTER_PLATFORM_VERSION.`,
      },
    ],
  };
}
