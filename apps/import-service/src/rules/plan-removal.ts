import type { CurrentExtension } from './facts.js';

export type RemovalVerdict =
  | { readonly kind: 'absent' }
  | { readonly kind: 'has-dependants'; readonly current: CurrentExtension; readonly dependants: readonly string[] }
  | { readonly kind: 'remove'; readonly current: CurrentExtension };

/** What a removal would do. An extension that others need stays. */
export function planRemoval(name: string, extensions: readonly CurrentExtension[]): RemovalVerdict {
  const current = extensions.find((extension) => extension.name === name);
  if (current === undefined) return { kind: 'absent' };
  const dependants = extensions
    .filter((extension) => extension.name !== name && extension.dependsOn.includes(name))
    .map((extension) => extension.name);
  return dependants.length === 0 ? { kind: 'remove', current } : { kind: 'has-dependants', current, dependants };
}
