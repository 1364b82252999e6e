import { compareVersions } from '@muster/contracts';
import type { Dependency } from '@muster/contracts';
import type { Dependant, Incoming, Reason } from './facts.js';
import type { StandingExtension, Together } from './together.js';
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

/**
 * What the package needs has to be there or come with it, new enough, of the same major, and not in need of the package
 * itself.
 */
export function dependencyRule({ metadata }: Pick<Incoming, 'metadata'>, { after }: Pick<Together, 'after'>): Reason[] {
  const reasons = metadata.dependsOn.flatMap((dependency) =>
    dependency.name === metadata.name
      ? [cycle([metadata.name, metadata.name])]
      : (unmet(metadata.name, dependency, after.get(dependency.name)) ?? []),
  );
  const path = pathBack(metadata.name, metadata.dependsOn, after);
  return path === undefined ? reasons : [...reasons, cycle(path)];
}

/** Whoever needs this extension and stays as it is has to be content with the version that comes. */
export function dependantRule(
  { metadata }: Pick<Incoming, 'metadata'>,
  dependants: readonly Dependant[],
  { after }: Pick<Together, 'after'>,
): Reason[] {
  return dependants
    .filter(({ name, needs }) => needs.name === metadata.name && name !== metadata.name && !after.get(name)?.comes)
    .filter(({ needs }) => satisfies(metadata.version, needs.version) !== 'met')
    .map(({ name, needs }) => ({
      code: 'dependants-unmet',
      detail: `"${name}" needs "${metadata.name}" ${needs.version} or later of the same major, and this is ${metadata.version}`,
      remedy: `Remove "${name}" first, or import a version of it that takes "${metadata.name}" ${metadata.version}, together with this one if need be.`,
    }));
}

function unmet(
  extension: string,
  { name, version }: Dependency,
  there: StandingExtension | undefined,
): Reason | undefined {
  if (there === undefined) {
    return {
      code: 'dependency-missing',
      detail: `"${extension}" needs "${name}" ${version}, which is not installed`,
      remedy: `Import "${name}" ${version} or later first, or together with it.`,
    };
  }
  const satisfaction = satisfies(there.version, version);
  if (satisfaction === 'met') return undefined;
  const stands = there.comes ? `${there.version} comes with it` : `${there.version} is installed`;
  const detail = `"${extension}" needs "${name}" ${version} or later of the same major, and ${stands}`;
  return satisfaction === 'too-old'
    ? {
        code: 'dependency-too-old',
        detail,
        remedy: `Import "${name}" ${version} or later of that major first, or together with it.`,
      }
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

/** The shortest way along the dependencies from the package back to itself; undefined where there is none. */
function pathBack(
  name: string,
  dependsOn: readonly Dependency[],
  after: ReadonlyMap<string, StandingExtension>,
): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const open: string[] = [];
  const reach = (next: string, from: string): void => {
    if (next === name || cameFrom.has(next)) return;
    cameFrom.set(next, from);
    open.push(next);
  };
  for (const dependency of dependsOn) reach(dependency.name, name);
  for (const at of open) {
    const needs = after.get(at)?.dependsOn ?? [];
    if (needs.includes(name)) return [...pathTo(at, name, cameFrom), name];
    for (const next of needs) reach(next, at);
  }
  return undefined;
}

function pathTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path: string[] = [];
  for (let at: string | undefined = end; at !== undefined && at !== start; at = cameFrom.get(at)) path.unshift(at);
  return [start, ...path];
}

/** Pairs that the catalog counts as unmet by version and that these rules take all the same: a minimum of 0.0.0. */
export function acceptedUnmet(
  { metadata }: Pick<Incoming, 'metadata'>,
  dependants: readonly Dependant[],
): { extension: string; dependency: string }[] {
  const takesAny = ({ version }: Dependency): boolean => versionOf(version).parts.every((part) => part === 0);
  return [
    ...metadata.dependsOn.filter(takesAny).map(({ name }) => ({ extension: metadata.name, dependency: name })),
    ...dependants
      .filter(({ needs }) => needs.name === metadata.name && takesAny(needs))
      .map(({ name }) => ({ extension: name, dependency: metadata.name })),
  ];
}
