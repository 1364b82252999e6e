import type { Step } from './step.js';

/**
 * Puts each extension that takes entities over after the steps by which their former owners give them up, so that it never
 * stands beside them and is held back with them. No circle comes of it: where the former owner must itself come later (it
 * needs its successor, or the two swap entities), what was required first stays, in the order of the steps.
 */
export function addSuccessions(steps: ReadonlyMap<string, Step>): Map<string, Step> {
  const ordered = new Map(steps);
  for (const step of steps.values()) {
    if (step.kind === 'remove') continue;
    for (const name of [...new Set(step.wanted.succeeds)].sort()) {
      const former = ordered.get(name);
      const now = ordered.get(step.name) ?? step;
      if (former === undefined || !givesUp(former) || now.after.includes(name)) continue;
      if (!comesAfter(ordered, name, step.name)) ordered.set(step.name, { ...now, after: [...now.after, name].sort() });
    }
  }
  return ordered;
}

/** Whether another package, or somebody else's directory, stands there until this step is taken. */
function givesUp(step: Step): boolean {
  if (step.local === undefined || step.kind === 'adopt') return false;
  if (step.kind === 'remove') return true;
  const { mark } = step.local;
  const deployed = mark?.previous ?? mark;
  return deployed?.sha256 !== step.wanted.sha256;
}

/** Whether one step is, or comes after, another. */
function comesAfter(steps: ReadonlyMap<string, Step>, later: string, earlier: string): boolean {
  const reached = new Set([later]);
  for (const name of reached) {
    if (name === earlier) return true;
    for (const next of steps.get(name)?.after ?? []) reached.add(next);
  }
  return false;
}
