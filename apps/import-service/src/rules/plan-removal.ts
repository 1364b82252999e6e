import type { Blocker } from '@muster/contracts';
import type { CurrentExtension, Dependant } from './facts.js';
import { needsFirst } from './needs-first.js';

/**
 * What goes where an extension goes with all that need it, directly or through others, in the order in which they go:
 * whoever needs something before what it needs, the extension itself last. Undefined where it is not installed. Pure.
 */
export function planRemoval(name: string, extensions: readonly CurrentExtension[]): CurrentExtension[] | undefined {
  const current = extensions.find((extension) => extension.name === name);
  if (current === undefined) return undefined;
  const users = new Map<string, CurrentExtension[]>();
  for (const extension of extensions) {
    for (const needed of extension.dependsOn) users.set(needed, [...(users.get(needed) ?? []), extension]);
  }
  const going = new Set([current]);
  for (const { name: gone } of going) for (const user of users.get(gone) ?? []) going.add(user);
  const others = needsFirst([...going].filter((extension) => extension !== current)).toReversed();
  return [...others, current];
}

/** Who keeps the last of these from being removed alone, with what each needs of the others; in the same order. Pure. */
export function blockersOf(going: readonly CurrentExtension[], dependants: readonly Dependant[]): Blocker[] {
  const names = new Set(going.map(({ name }) => name));
  return going.slice(0, -1).map(({ name, version }) => ({
    extension: name,
    version,
    needs: dependants.filter((one) => one.name === name && names.has(one.needs.name)).map(({ needs }) => needs),
  }));
}
