import type { Step } from './step.js';

/** Steps that are all staged before the first of them is switched; mostly one. In the order in which they are taken. */
export type Unit = readonly Step[];

export interface UnitBounds {
  /** Most steps of one unit. */
  readonly unitSteps: number;
  /** Most unpacked bytes that one unit stages; a single step may be larger. */
  readonly unitBytes: number;
}

/**
 * Puts steps that belong together beside each other, and says which do: the changes that one revision brings, and a removal
 * with whatever has to come before or after it. Wants the order of a plan, and keeps it as far as it can: what a unit needs
 * comes before it, and what would have to stand in the middle of one becomes part of it. What exceeds the bounds is cut, in
 * order, so that no part needs a later one. Pure; the units of its own output are the same again.
 */
export function unitsOf(steps: readonly Step[], bounds: UnitBounds): Unit[] {
  const groups = new Groups(steps);
  return groups.inOrder().flatMap((unit) => cut(unit, bounds));
}

/** Sets of steps by their places in the plan, merged until none needs another that needs it. */
class Groups {
  private readonly parents: number[];
  /** For each step, the places of those before it that must have been taken first. */
  private readonly needs: readonly (readonly number[])[];

  constructor(private readonly steps: readonly Step[]) {
    const places = new Map(steps.map(({ name }, place) => [name, place]));
    this.parents = steps.map((_, place) => place);
    // Where a circle was cut, the edge that closes it points forward.
    this.needs = steps.map(({ after }, place) =>
      after.flatMap((name) => places.get(name) ?? []).filter((needed) => needed < place),
    );
    this.joinRevisions();
    this.joinRemovals();
  }

  inOrder(): Step[][] {
    for (;;) {
      const members = this.members();
      const { order, circle } = arrange(members, (place) => this.root(place), this.needs);
      if (circle === undefined)
        return order.map((root) => (members.get(root) ?? []).flatMap((n) => this.steps[n] ?? []));
      for (const root of circle) this.join(root, circle[0] ?? root);
    }
  }

  private joinRevisions(): void {
    const first = new Map<number, number>();
    for (const [place, step] of this.steps.entries()) {
      if (step.kind === 'remove') continue;
      const { revision } = step.wanted;
      this.join(place, first.get(revision) ?? place);
      if (!first.has(revision)) first.set(revision, place);
    }
  }

  private joinRemovals(): void {
    for (const [place, needed] of this.needs.entries()) {
      const removal = (one: number): boolean => this.steps[one]?.kind === 'remove';
      for (const one of needed) if (removal(one) || removal(place)) this.join(place, one);
    }
  }

  private members(): Map<number, number[]> {
    const members = new Map<number, number[]>();
    for (const place of this.steps.keys()) {
      const root = this.root(place);
      const known = members.get(root);
      if (known === undefined) members.set(root, [place]);
      else known.push(place);
    }
    return members;
  }

  private root(place: number): number {
    let root = place;
    for (let next = this.parents[root]; next !== undefined && next !== root; next = this.parents[root]) root = next;
    this.parents[place] = root;
    return root;
  }

  private join(left: number, right: number): void {
    const [a, b] = [this.root(left), this.root(right)];
    this.parents[Math.max(a, b)] = Math.min(a, b);
  }
}

/** The roots of all groups, what each needs before it, the first of the plan as early as it can be; or a circle of roots. */
function arrange(
  members: ReadonlyMap<number, readonly number[]>,
  rootOf: (place: number) => number,
  needs: readonly (readonly number[])[],
): { readonly order: readonly number[]; readonly circle?: readonly number[] } {
  const order: number[] = [];
  const placed = new Set<number>();
  const needed = new Map(
    [...members].map(([root, places]) => {
      const roots = places.flatMap((place) => needs[place] ?? []).map(rootOf);
      return [root, roots.filter((other) => other !== root)];
    }),
  );
  for (const root of members.keys()) {
    // A path of groups, each needed by the one before it.
    const path = placed.has(root) ? [] : [root];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = needed.get(top)?.find((other) => !placed.has(other));
      if (next === undefined) {
        placed.add(top);
        order.push(top);
        path.pop();
      } else if (path.includes(next)) {
        return { order, circle: path.slice(path.indexOf(next)) };
      } else {
        path.push(next);
      }
    }
  }
  return { order };
}

function cut(unit: readonly Step[], { unitSteps, unitBytes }: UnitBounds): Unit[] {
  const units: Step[][] = [];
  let bytes = 0;
  for (const step of unit) {
    const added = step.kind === 'install' || step.kind === 'replace' ? step.wanted.unpackedBytes : 0;
    const open = units.at(-1);
    if (open === undefined || open.length >= unitSteps || bytes + added > unitBytes) {
      units.push([step]);
      bytes = added;
    } else {
      open.push(step);
      bytes += added;
    }
  }
  return units;
}
