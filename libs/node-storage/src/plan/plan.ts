import type { WantedState } from '../ports.js';
import type { LocalState } from '../tree/local-state.js';
import { classify, type Classified, type LooseStep } from './classify.js';
import { addSuccessions } from './succession.js';
import { targetOf, type HeldBack, type Plan, type PlanOptions, type Step } from './step.js';
import { unitsOf } from './units.js';

/**
 * What must be done, in order, to make the local state match the wanted one. Pure. Only what is wanted now counts, so a
 * backlog is collapsed. Dependencies come first and go last; where they form a circle it is cut, the same way every time. Who
 * gives an entity up goes before who takes it over. What one revision brings stands together (`unitsOf`).
 */
export function plan(wanted: Pick<WantedState, 'extensions'>, local: LocalState, options: PlanOptions = {}): Plan {
  const classified = classify(wanted.extensions, local, options);
  const ordered = inOrder(addSuccessions(requirements(classified, local)));
  const steps = unitsOf(ordered, { unitSteps: Infinity, unitBytes: Infinity }).flat();
  const held = holdBack(steps, options);
  return {
    steps: steps.filter(({ name }) => !held.has(name)),
    held: steps.flatMap((step): HeldBack[] => {
      const waitsFor = held.get(step.name);
      return waitsFor === undefined ? [] : [{ step, waitsFor }];
    }),
    foreign: classified.foreign,
  };
}

/** Each step with the names of those that must come before it. */
function requirements({ steps, collisions }: Classified, local: LocalState): Map<string, Step> {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const users = new Map<string, string[]>();
  for (const { name, mark } of local.extensions.values()) {
    for (const needed of mark?.dependsOn ?? []) users.set(needed, [...(users.get(needed) ?? []), name]);
  }
  const needs = (step: LooseStep): string[] =>
    step.kind === 'remove'
      ? (users.get(step.name) ?? []).filter((user) => byName.has(user))
      : [
          ...step.wanted.dependsOn.filter((needed) => isBrought(byName.get(needed))),
          ...(collisions.get(step.name) ?? []),
        ];
  const sorted = [...steps].sort(byKindAndName);
  return new Map(
    sorted.map((step) => {
      const after = [...new Set(needs(step))].filter((name) => name !== step.name).sort();
      return [step.name, { ...step, after } as Step];
    }),
  );
}

function isBrought(step: LooseStep | undefined): boolean {
  return step !== undefined && step.kind !== 'remove';
}

function byKindAndName(left: LooseStep, right: LooseStep): number {
  const kinds = Number(left.kind === 'remove') - Number(right.kind === 'remove');
  if (kinds !== 0) return kinds;
  return left.name < right.name ? -1 : 1;
}

/** Depth first, by name, with a stack of our own; an edge that closes a circle is the one that is cut. */
function inOrder(steps: ReadonlyMap<string, Step>): Step[] {
  const ordered: Step[] = [];
  const entered = new Set<string>();
  for (const root of steps.values()) {
    const path = enter(root, entered);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.shift();
      if (next === undefined) {
        ordered.push(top.step);
        path.pop();
      } else {
        const step = steps.get(next);
        if (step !== undefined) path.push(...enter(step, entered));
      }
    }
  }
  return ordered;
}

function enter(step: Step, entered: Set<string>): { step: Step; rest: string[] }[] {
  if (entered.has(step.name)) return [];
  entered.add(step.name);
  return [{ step, rest: [...step.after] }];
}

/** What is parked, and whatever must come after it, with the parked extension that each stands behind. */
function holdBack(steps: readonly Step[], options: PlanOptions): Map<string, string> {
  const parked = new Map((options.parked ?? []).map(({ name, sha256 }) => [name, { sha256 }]));
  const held = new Map<string, string>();
  for (const step of steps) {
    const target = parked.get(step.name);
    if (target !== undefined && target.sha256 === targetOf(step)) held.set(step.name, step.name);
  }
  for (let grown = held.size > 0; grown;) {
    grown = false;
    for (const step of steps) {
      const behind = held.has(step.name) ? undefined : step.after.find((name) => held.has(name));
      if (behind === undefined) continue;
      held.set(step.name, held.get(behind) ?? behind);
      grown = true;
    }
  }
  return held;
}
