interface Needing {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/** Whatever is needed before whoever needs it, otherwise by name. A circle is cut, the same way every time. Pure. */
export function needsFirst<T extends Needing>(all: readonly T[]): T[] {
  const sorted = all.toSorted((left, right) => (left.name < right.name ? -1 : Number(left.name > right.name)));
  const byName = new Map(sorted.map((one) => [one.name, one]));
  const entered = new Set<T>();
  const ordered: T[] = [];
  // With a stack of our own: a chain of dependencies may be as long as an import.
  for (const root of sorted) {
    const path = enter(root, entered);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.shift();
      if (next === undefined) {
        ordered.push(top.one);
        path.pop();
      } else {
        const needed = byName.get(next);
        if (needed !== undefined) path.push(...enter(needed, entered));
      }
    }
  }
  return ordered;
}

function enter<T extends Needing>(one: T, entered: Set<T>): { one: T; rest: string[] }[] {
  if (entered.has(one)) return [];
  entered.add(one);
  return [{ one, rest: one.dependsOn.toSorted() }];
}
