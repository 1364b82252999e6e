import { isDeployed } from '../deployed-mark.js';
import type { LocalState } from '../tree/local-state.js';

/** Of these, whose hook has not yet run to its end on behalf of the order. Pure. */
export function stillToRedeploy(names: Iterable<string>, local: LocalState, order: string): ReadonlySet<string> {
  return new Set(
    [...names].filter((name) => {
      const mark = local.extensions.get(name)?.mark;
      return !isDeployed(mark) || mark?.order !== order;
    }),
  );
}
