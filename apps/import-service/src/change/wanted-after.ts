import type { NewPackage } from '@muster/catalog';
import type { WantedExtension, WantedState } from '@muster/node-storage';

/** A package that comes, with the names of those that brought one of its entities before. */
export interface ComingPackage {
  readonly package: NewPackage;
  readonly succeeds: readonly string[];
}

/** The head plus packages that come: what this node is to hold when the change is made. Pure. */
export function withPackages(wanted: WantedState, coming: readonly ComingPackage[]): WantedState {
  const names = coming.map((one) => one.package.metadata.name);
  const kept = without(wanted, names);
  const present = new Set([...kept.map(({ name }) => name), ...names]);
  const extensions = coming.map(({ package: next, succeeds }): WantedExtension => {
    const { metadata, sha256, treeDigest, sizeBytes, unpackedBytes } = next;
    return {
      name: metadata.name,
      version: metadata.version,
      sha256,
      treeDigest,
      sizeBytes,
      unpackedBytes,
      revision: wanted.revision + 1,
      dependsOn: metadata.dependsOn.map(({ name }) => name).filter((name) => present.has(name)),
      succeeds,
    };
  });
  return { ...wanted, extensions: [...kept, ...extensions] };
}

/** The head without some extensions. Pure. */
export function withoutExtensions(wanted: WantedState, names: readonly string[]): WantedState {
  return { ...wanted, extensions: without(wanted, names) };
}

/** The named extensions and all that they need, as far as the catalog has them. Pure. */
export function withDependencies(wanted: Pick<WantedState, 'extensions'>, names: readonly string[]): Set<string> {
  const needs = new Map(wanted.extensions.map(({ name, dependsOn }) => [name, dependsOn]));
  const reached = new Set(names);
  for (const name of reached) for (const needed of needs.get(name) ?? []) reached.add(needed);
  return reached;
}

function without(wanted: WantedState, names: readonly string[]): readonly WantedExtension[] {
  const gone = new Set(names);
  return wanted.extensions.filter(({ name }) => !gone.has(name));
}
