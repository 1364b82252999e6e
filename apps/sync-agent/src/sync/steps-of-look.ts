import type { Step } from '@muster/node-storage';

/** Steps of one look: after them comes a proof, and whoever waits for the lock has a turn. */
const STEPS_PER_LOOK = 25;

/** The first steps of a plan. They are closed under dependency, because a plan is in order; a revision is not cut in two. */
export function stepsOfLook(steps: readonly Step[], limit = STEPS_PER_LOOK): readonly Step[] {
  let count = Math.min(limit, steps.length);
  while (count > 0 && count < steps.length && revisionOf(steps[count]) === revisionOf(steps[count - 1])) count += 1;
  return steps.slice(0, count);
}

/** Removals have none: they are of no one revision, and any number may be cut anywhere. */
function revisionOf(step: Step | undefined): number | symbol {
  return step === undefined || step.kind === 'remove' ? Symbol('none') : step.wanted.revision;
}
