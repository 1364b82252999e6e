import type { NewPackage } from '@muster/catalog';
import type { WantedExtension, WantedState } from '@muster/node-storage';

/** The head plus a package that comes: what this node is to hold when the change is made. Pure. */
export function withPackage(wanted: WantedState, next: NewPackage): WantedState {
  const { metadata, sha256, treeDigest, sizeBytes, unpackedBytes } = next;
  const present = new Set(wanted.extensions.map(({ name }) => name));
  const extension: WantedExtension = {
    name: metadata.name,
    version: metadata.version,
    sha256,
    treeDigest,
    sizeBytes,
    unpackedBytes,
    revision: wanted.revision + 1,
    dependsOn: metadata.dependsOn.map(({ name }) => name).filter((name) => present.has(name)),
  };
  return { ...wanted, extensions: [...without(wanted, metadata.name), extension] };
}

/** The head without one extension. Pure. */
export function withoutExtension(wanted: WantedState, name: string): WantedState {
  return { ...wanted, extensions: without(wanted, name) };
}

/** The named extensions and all that they need, as far as the catalog has them. Pure. */
export function withDependencies(wanted: Pick<WantedState, 'extensions'>, names: readonly string[]): Set<string> {
  const needs = new Map(wanted.extensions.map(({ name, dependsOn }) => [name, dependsOn]));
  const reached = new Set(names);
  for (const name of reached) for (const needed of needs.get(name) ?? []) reached.add(needed);
  return reached;
}

function without(wanted: WantedState, name: string): readonly WantedExtension[] {
  return wanted.extensions.filter((extension) => extension.name !== name);
}
