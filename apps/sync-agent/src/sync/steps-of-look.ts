import { DEFAULT_APPLY_LIMITS, unitsOf } from '@muster/node-storage';
import type { Step } from '@muster/node-storage';

/** Steps of one look: after them comes a proof, and whoever waits for the lock has a turn. */
const STEPS_PER_LOOK = 25;

/** The first steps of a plan. They are closed under dependency, because a plan is in order; a unit is not cut in two. */
export function stepsOfLook(steps: readonly Step[], limit = STEPS_PER_LOOK): readonly Step[] {
  const taken: Step[] = [];
  for (const unit of unitsOf(steps, DEFAULT_APPLY_LIMITS)) {
    if (taken.length >= limit) break;
    taken.push(...unit);
  }
  return taken;
}
