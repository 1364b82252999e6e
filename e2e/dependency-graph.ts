import { buildPackage } from '@muster/testing';
import { Random } from './random.js';

/** A package of a random graph, and the names of those that it needs directly. */
export interface GraphPackage {
  readonly name: string;
  readonly needs: readonly string[];
  readonly zip: Buffer;
}

const MOST_NEEDS = 4;

/** Packages without a circle among them, those first that others need. Neither names nor sizes tell the order. */
export function randomGraph(count: number, random: Random): GraphPackage[] {
  const packages: GraphPackage[] = [];
  const numbers = shuffled(
    Array.from({ length: count }, (_, index) => index),
    random,
  );
  for (const number of numbers) {
    const needs = new Set<string>();
    for (let wish = random.below(MOST_NEEDS + 1); wish > 0 && packages.length > 0; wish -= 1) {
      needs.add(random.pick(packages).name);
    }
    const name = `Pack-${String(number).padStart(3, '0')}`;
    const dependsOn = [...needs].map((needed) => ({ name: needed, version: random.pick(['1.0', '1.1.2', '0.0.0']) }));
    const files = { [`lib/common/${name}.jar`]: `${name} `.repeat(random.below(2_000)), 'doc/read-me.txt': name };
    const entities = [{ type: 'Widget', name: `widget-${number}` }];
    packages.push({
      name,
      needs: [...needs],
      zip: buildPackage({ name, version: '1.2.0', dependsOn, files, entities }),
    });
  }
  return packages;
}

export function shuffled<T>(all: readonly T[], random: Random): T[] {
  const left = [...all];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(random.below(left.length), 1));
  return order;
}
