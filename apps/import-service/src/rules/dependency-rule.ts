import { compareVersions } from '@muster/contracts';
import type { Dependency } from '@muster/contracts';
import type { CatalogFacts, CurrentExtension, Incoming, Reason } from './facts.js';
import { versionOf } from './version-rule.js';

export type Satisfaction = 'met' | 'too-old' | 'too-new';

/** `dependsOn` is a minimum within the major: 1.4 meets 1.2, neither 1.1 nor 2.0 does. 0.0.0 stands for any version. */
export function satisfies(version: string, minimum: string): Satisfaction {
  const present = versionOf(version);
  const wanted = versionOf(minimum);
  if (wanted.parts.every((part) => part === 0)) return 'met';
  if (compareVersions(present, wanted) < 0) return 'too-old';
  return present.parts[0] === wanted.parts[0] ? 'met' : 'too-new';
}

/** What the package needs has to be there, new enough, of the same major, and not in need of the package itself. */
export function dependencyRule({ metadata }: Incoming, { extensions }: Pick<CatalogFacts, 'extensions'>): Reason[] {
  const present = new Map(extensions.map((extension) => [extension.name, extension]));
  const reasons = metadata.dependsOn.flatMap((dependency) =>
    dependency.name === metadata.name
      ? [cycle([metadata.name, metadata.name])]
      : (unmet(metadata.name, dependency, present.get(dependency.name)) ?? []),
  );
  const path = pathBack(metadata.name, metadata.dependsOn, present);
  return path === undefined ? reasons : [...reasons, cycle(path)];
}

/** Whoever needs this extension has to be content with the version that comes. */
export function dependantRule({ metadata }: Incoming, { dependants }: Pick<CatalogFacts, 'dependants'>): Reason[] {
  return dependants
    .filter(({ name, version }) => name !== metadata.name && satisfies(metadata.version, version) !== 'met')
    .map(({ name, version }) => ({
      code: 'dependants-unmet',
      detail: `"${name}" needs "${metadata.name}" ${version} or later of the same major, and this is ${metadata.version}`,
      remedy: `Remove "${name}" first, or import a version of it that takes "${metadata.name}" ${metadata.version}.`,
    }));
}

function unmet(
  extension: string,
  { name, version }: Dependency,
  there: CurrentExtension | undefined,
): Reason | undefined {
  if (there === undefined) {
    return {
      code: 'dependency-missing',
      detail: `"${extension}" needs "${name}" ${version}, which is not installed`,
      remedy: `Import "${name}" ${version} or later first.`,
    };
  }
  const satisfaction = satisfies(there.version, version);
  if (satisfaction === 'met') return undefined;
  const detail = `"${extension}" needs "${name}" ${version} or later of the same major, and ${there.version} is installed`;
  return satisfaction === 'too-old'
    ? { code: 'dependency-too-old', detail, remedy: `Import "${name}" ${version} or later of that major first.` }
    : {
        code: 'dependency-too-new',
        detail,
        remedy: `Import a version of "${extension}" that takes "${name}" ${there.version}.`,
      };
}

function cycle(path: readonly string[]): Reason {
  return {
    code: 'dependency-cycle',
    detail: `the dependencies go round in a circle: ${path.join(' → ')}`,
    remedy: 'Take one of these dependencies out.',
  };
}

/** The way along installed dependencies from the package back to itself; undefined where there is none. */
function pathBack(
  name: string,
  dependsOn: readonly Dependency[],
  present: ReadonlyMap<string, CurrentExtension>,
): string[] | undefined {
  const seen = new Set([name]);
  const walk = (at: string, path: string[]): string[] | undefined => {
    if (seen.has(at)) return undefined;
    seen.add(at);
    const needs = present.get(at)?.dependsOn ?? [];
    if (needs.includes(name)) return [...path, at, name];
    for (const next of needs) {
      const found = walk(next, [...path, at]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  for (const dependency of dependsOn) {
    const found = walk(dependency.name, [name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Pairs that the catalog counts as unmet by version and that these rules take all the same: a minimum of 0.0.0. */
export function acceptedUnmet(
  { metadata }: Pick<Incoming, 'metadata'>,
  { dependants }: Pick<CatalogFacts, 'dependants'>,
): { extension: string; dependency: string }[] {
  const takesAny = ({ version }: Dependency): boolean => versionOf(version).parts.every((part) => part === 0);
  return [
    ...metadata.dependsOn.filter(takesAny).map(({ name }) => ({ extension: metadata.name, dependency: name })),
    ...dependants.filter(takesAny).map(({ name }) => ({ extension: name, dependency: metadata.name })),
  ];
}
