import { nameKey } from '@muster/contracts';
import { keyOf } from './entity-key.js';
import type { CurrentExtension, Incoming } from './facts.js';

/** An extension as it would stand after the import; `comes` with it, or is there already. */
export interface StandingExtension extends CurrentExtension {
  readonly comes: boolean;
}

/** The catalog as it would be with all packages of an import that change something. */
export interface Together {
  readonly after: ReadonlyMap<string, StandingExtension>;
  /** By folded name: the names that would stand. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** By entity: the packages of the import that bring it. */
  readonly bringers: ReadonlyMap<string, readonly string[]>;
}

/** Pure. Of two packages with one name the last counts: `duplicateRule` refuses both. */
export function together(coming: readonly Incoming[], extensions: readonly CurrentExtension[]): Together {
  const after = new Map<string, StandingExtension>();
  for (const extension of extensions) after.set(extension.name, { ...extension, comes: false });
  const bringers = new Map<string, string[]>();
  for (const { metadata, sha256 } of coming) {
    const { name, version, dependsOn, entities } = metadata;
    after.set(name, { name, version, sha256, dependsOn: dependsOn.map((needed) => needed.name), comes: true });
    for (const key of new Set(entities.map(keyOf))) bringers.set(key, [...(bringers.get(key) ?? []), name]);
  }
  const names = new Map<string, string[]>();
  for (const name of after.keys()) names.set(nameKey(name), [...(names.get(nameKey(name)) ?? []), name]);
  return { after, names, bringers };
}
