import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '@muster/contracts';
import type { Step } from './step.js';
import { unitsOf } from './units.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');
const UNBOUND = { unitSteps: Infinity, unitBytes: Infinity };

interface Sketch {
  readonly name: string;
  /** Absent: a removal. */
  readonly revision?: number | undefined;
  readonly after?: readonly string[];
  readonly bytes?: number;
}

function step({ name, revision, after = [], bytes = 1 }: Sketch): Step {
  const base = { name, why: '', after };
  if (revision === undefined) return { ...base, kind: 'remove', local: { name } };
  const digests = { sha256: sha256Hex(name), treeDigest: sha256Hex(`tree ${name}`) };
  const sizes = { sizeBytes: bytes, unpackedBytes: bytes };
  return { ...base, kind: 'install', wanted: { name, version: '1', ...digests, ...sizes, revision, dependsOn: after } };
}

const names = (units: readonly (readonly Step[])[]): string[] =>
  units.map((unit) => unit.map(({ name }) => name).join(' '));

describe('unitsOf', () => {
  it.each<[string, Sketch[], string[]]>([
    [
      'leaves single changes alone, in their order',
      [
        { name: 'A', revision: 1 },
        { name: 'B', revision: 2, after: ['A'] },
      ],
      ['A', 'B'],
    ],
    [
      'brings what one revision brings together, what it needs before it',
      [
        { name: 'A', revision: 2 },
        { name: 'B', revision: 1 },
        { name: 'C', revision: 2, after: ['A', 'B'] },
        { name: 'D', revision: 3 },
      ],
      ['B', 'A C', 'D'],
    ],
    [
      'takes in what would have to stand in the middle',
      [
        { name: 'A', revision: 2 },
        { name: 'B', revision: 1, after: ['A'] },
        { name: 'C', revision: 2, after: ['B'] },
      ],
      ['A B C'],
    ],
    [
      'merges two revisions that need each other',
      [
        { name: 'A', revision: 1 },
        { name: 'B', revision: 2 },
        { name: 'C', revision: 2, after: ['A'] },
        { name: 'D', revision: 1, after: ['B'] },
        { name: 'E', revision: 3 },
      ],
      ['A B C D', 'E'],
    ],
    [
      'keeps the removals of a cascade together, and no others',
      [{ name: 'C' }, { name: 'B', after: ['C'] }, { name: 'A', after: ['B'] }, { name: 'Z' }],
      ['C B A', 'Z'],
    ],
    [
      'keeps who takes entities over with the former owner, and a dependency with the last that needed it',
      [
        { name: 'Z' },
        { name: 'A', revision: 1, after: ['Z'] },
        { name: 'U', revision: 2 },
        { name: 'Y', after: ['U'] },
      ],
      ['Z A', 'U Y'],
    ],
    [
      'does not mind a circle that was cut',
      [
        { name: 'A', revision: 1, after: ['B'] },
        { name: 'B', revision: 2, after: ['A'] },
      ],
      ['A', 'B'],
    ],
  ])('%s', (_, sketches, expected) => {
    expect(names(unitsOf(sketches.map(step), UNBOUND))).toEqual(expected);
  });

  it('cuts what exceeds its bounds, in order', () => {
    const steps = [3, 3, 5, 20, 1].map((bytes, index) => step({ name: 'ABCDE'[index] ?? '', revision: 1, bytes }));
    expect(names(unitsOf(steps, { unitSteps: 2, unitBytes: Infinity }))).toEqual(['A B', 'C D', 'E']);
    expect(names(unitsOf(steps, { unitSteps: Infinity, unitBytes: 10 }))).toEqual(['A B', 'C', 'D', 'E']);
  });

  it('takes every step once, after what it needs, and gives the same units again', () => {
    const sketches = fc
      .array(fc.record({ revision: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }), needs: fc.nat() }), {
        maxLength: 14,
      })
      .map((list) =>
        list.map(({ revision, needs }, index): Sketch => {
          const after = list.slice(0, index).flatMap((_, other) => (needs & (1 << other) ? [`E${other}`] : []));
          return { name: `E${index}`, revision, after };
        }),
      );
    fc.assert(
      fc.property(sketches, (list) => {
        const steps = list.map(step);
        const units = unitsOf(steps, UNBOUND);
        const flat = units.flat();
        expect(flat.map(({ name }) => name).sort()).toEqual(steps.map(({ name }) => name).sort());
        const place = new Map(flat.map(({ name }, index) => [name, index]));
        for (const [index, { after }] of flat.entries())
          for (const name of after) expect(place.get(name)).toBeLessThan(index);
        expect(names(unitsOf(flat, UNBOUND))).toEqual(names(units));
        const revisions = units.flatMap((unit) => [
          ...new Set(unit.flatMap((one) => (one.kind === 'remove' ? [] : [one.wanted.revision]))),
        ]);
        expect(new Set(revisions).size).toBe(revisions.length);
      }),
      { numRuns: 300 * scale },
    );
  });
});
