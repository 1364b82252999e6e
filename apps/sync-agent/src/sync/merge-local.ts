import type { LocalState } from '@muster/node-storage';

/**
 * A look at everything, with some names looked at again later. The time stays that of the earlier look: a proof must not
 * claim to be younger than the oldest thing in it.
 */
export function mergeLocal(whole: LocalState, again: LocalState, names: ReadonlySet<string>): LocalState {
  const extensions = new Map(whole.extensions);
  for (const name of names) {
    const found = again.extensions.get(name);
    if (found === undefined) extensions.delete(name);
    else extensions.set(name, found);
  }
  return { lookedAtMs: whole.lookedAtMs, extensions };
}
