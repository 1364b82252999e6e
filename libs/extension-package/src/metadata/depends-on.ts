import { compareVersions, isExtensionName, parseVersion } from '@muster/contracts';
import type { Dependency } from '@muster/contracts';
import { PackageRefused, quoted } from '../package-refused.js';

/** Stands for any version; generators write it so, and a name without a version means the same. */
const ANY_VERSION = '0.0.0';

/**
 * `name:version` items with commas or semicolons between them; both separators occur. An extension that is named more than
 * once needs the highest version named.
 */
export function readDependsOn(text: string, owner: string): Dependency[] {
  const found = new Map<string, Dependency>();
  for (const item of text.split(/[,;]/)) {
    if (item.trim() === '') continue;
    const dependency = readItem(item.trim());
    if (dependency.name === owner) throw refuse(item, 'the package cannot depend on itself');
    const other = found.get(dependency.name);
    if (other === undefined || compare(dependency, other) > 0) found.set(dependency.name, dependency);
  }
  return Array.from(found.values());
}

function readItem(item: string): Dependency {
  const colon = item.lastIndexOf(':');
  const name = (colon < 0 ? item : item.slice(0, colon)).trim();
  const version = colon < 0 ? ANY_VERSION : item.slice(colon + 1).trim();
  if (!isExtensionName(name)) throw refuse(item, 'that is no extension name');
  if (parseVersion(version) === undefined)
    throw refuse(item, 'a version has one to four numbers with dots between them');
  return { name, version };
}

function compare(left: Dependency, right: Dependency): number {
  const [one, other] = [parseVersion(left.version), parseVersion(right.version)];
  return one === undefined || other === undefined ? 0 : compareVersions(one, other);
}

function refuse(item: string, why: string): PackageRefused {
  return new PackageRefused('depends-on-invalid', `dependsOn names ${quoted(item.trim())}: ${why}`, {
    remedy: 'Write dependsOn as name:version, with commas between several.',
  });
}
