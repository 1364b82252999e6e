import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameKey, sha256Hex } from '@muster/contracts';
import { isDeployed, unreadableMark, type DeployedMark } from '../deployed-mark.js';
import type { WantedExtension } from '../ports.js';
import type { LocalExtension, LocalState } from '../tree/local-state.js';
import { plan } from './plan.js';
import { targetOf, type ParkedTarget, type Step } from './step.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');
const NAMES = ['A', 'B', 'C', 'D', 'E', 'a'];

function wants(
  name: string,
  version: number,
  dependsOn: readonly string[],
  succeeds: readonly string[] = [],
  revision = 1,
): WantedExtension {
  const sha256 = sha256Hex(`${name} ${version}`);
  const treeDigest = sha256Hex(`tree ${name} ${version}`);
  const sizes = { sizeBytes: 1, unpackedBytes: 1 };
  return { name, version: `${version}`, sha256, treeDigest, ...sizes, revision, dependsOn, succeeds };
}

function deployed({ name, version, sha256, treeDigest, dependsOn }: WantedExtension): DeployedMark {
  return { ...unreadableMark(name), version, sha256, treeDigest, dependsOn, state: 'installed', hook: 'done' };
}

const someNames = fc.subarray(NAMES);
const version = fc.integer({ min: 1, max: 3 });
const wantedState = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES),
      version,
      dependsOn: someNames,
      succeeds: someNames,
      revision: version,
    }),
    { selector: ({ name }) => nameKey(name) },
  )
  .map((list) => list.map((one) => wants(one.name, one.version, one.dependsOn, one.succeeds, one.revision)));
const localExtension = fc
  .record({
    name: fc.constantFrom(...NAMES),
    version,
    dependsOn: someNames,
    tree: fc.constantFrom('same', 'other', 'fault', 'none'),
    mark: fc.constantFrom('done', 'pending', 'removing', 'interrupted', 'none'),
  })
  .map(({ name, version: number, dependsOn, tree, mark }): LocalExtension => {
    const like = wants(name, number, dependsOn);
    const marks = {
      done: {},
      pending: { hook: 'pending' },
      removing: { state: 'removing' },
      interrupted: { state: 'installing', hook: 'pending', previous: deployed(wants(name, 4, [])) },
    } as const;
    const trees = {
      same: { digest: like.treeDigest },
      other: { digest: sha256Hex('x') },
      fault: { fault: 'a fifo' },
    } as const;
    const absent = tree === 'none' && mark === 'none';
    return {
      name,
      ...(mark !== 'none' && { mark: { ...deployed(like), ...marks[mark] } }),
      ...(tree !== 'none' ? { tree: trees[tree] } : absent && { tree: trees.other }),
    };
  });
const localState = fc
  .uniqueArray(localExtension, { selector: ({ name }) => name })
  .map((list): LocalState => ({ lookedAtMs: 0, extensions: new Map(list.map((one) => [one.name, one])) }));
const parkedTargets = fc.uniqueArray(
  fc.record({ name: fc.constantFrom(...NAMES), version: fc.option(version, { nil: undefined }) }),
  { selector: ({ name }) => name },
);

/** The model: what taking a step does to a disk. */
function take(local: LocalState, step: Step): LocalState {
  const extensions = new Map(local.extensions);
  if (step.kind === 'remove') extensions.delete(step.name);
  else
    extensions.set(step.name, {
      name: step.name,
      mark: deployed(step.wanted),
      tree: { digest: step.wanted.treeDigest },
    });
  return { lookedAtMs: 0, extensions };
}

/** The model of giving up: what is deployed until the step is taken is not what is deployed then. */
function givesUp(local: LocalState, step: Step): boolean {
  const { mark, tree } = local.extensions.get(step.name) ?? {};
  if (step.kind === 'remove') return true;
  if (step.kind === 'adopt' || (mark === undefined && tree === undefined)) return false;
  return (mark?.previous?.sha256 ?? mark?.sha256) !== targetOf(step);
}

function takeAll(local: LocalState, steps: readonly Step[]): LocalState {
  return steps.reduce(take, local);
}

/** Whether one name reaches another over `after`. */
function reaches(steps: ReadonlyMap<string, Step>, from: string, to: string, seen = new Set<string>()): boolean {
  for (const next of steps.get(from)?.after ?? []) {
    if (next === to) return true;
    if (!seen.has(next) && reaches(steps, next, to, seen.add(next))) return true;
  }
  return false;
}

describe('the plan', () => {
  const check = (property: fc.IProperty<never> | fc.IRawProperty<unknown>) =>
    fc.assert(property as fc.IRawProperty<unknown>, { numRuns: 200 * scale });

  it('makes any disk match any wanted state, touching each name once, and has nothing to do then', () => {
    check(
      fc.property(wantedState, localState, (extensions, local) => {
        const { steps, held, foreign } = plan({ extensions }, local, { foreign: 'prune' });
        expect(held).toEqual([]);
        expect(foreign).toEqual([]);
        expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
        const after = takeAll(local, steps);
        expect([...after.extensions.keys()].sort()).toEqual(extensions.map(({ name }) => name).sort());
        for (const { name, treeDigest } of extensions) {
          expect(after.extensions.get(name)?.tree).toEqual({ digest: treeDigest });
          expect(isDeployed(after.extensions.get(name)?.mark)).toBe(true);
        }
        expect(plan({ extensions }, after)).toEqual({ steps: [], held: [], foreign: [] });
      }),
    );
  });

  it('takes dependencies first and removes them last, unless they form a circle', () => {
    check(
      fc.property(wantedState, localState, (extensions, local) => {
        const { steps } = plan({ extensions }, local);
        // Circles are those of dependencies alone: what takes entities over makes none.
        const alone = plan({ extensions: extensions.map((one) => ({ ...one, succeeds: [] })) }, local).steps;
        const byName = new Map(alone.map((step) => [step.name, step]));
        const place = new Map(steps.map(({ name }, index) => [name, index]));
        const before = (first: string, second: string): void => {
          if (!byName.has(first) || !byName.has(second) || first === second || reaches(byName, first, second)) return;
          expect(place.get(first)).toBeLessThan(place.get(second) ?? -1);
        };
        for (const step of steps) {
          if (step.kind !== 'remove') {
            for (const needed of step.wanted.dependsOn)
              if (byName.get(needed)?.kind !== 'remove') before(needed, step.name);
          }
          for (const needed of step.local?.mark?.dependsOn ?? [])
            if (byName.get(needed)?.kind === 'remove') before(step.name, needed);
        }
      }),
    );
  });

  it('lets entities be taken over only after they were given up, unless that would close a circle', () => {
    check(
      fc.property(wantedState, localState, (extensions, local) => {
        const { steps } = plan({ extensions }, local);
        const byName = new Map(steps.map((step) => [step.name, step]));
        const place = new Map(steps.map(({ name }, index) => [name, index]));
        for (const step of steps) {
          if (step.kind === 'remove') continue;
          for (const name of step.wanted.succeeds ?? []) {
            const former = byName.get(name);
            if (former === undefined || former === step) continue;
            const needs = step.wanted.dependsOn.includes(name) || nameKey(name) === nameKey(step.name);
            if (!givesUp(local, former)) {
              if (!needs) expect(step.after).not.toContain(name);
            } else if (!reaches(byName, name, step.name)) {
              expect(step.after).toContain(name);
              expect(place.get(name)).toBeLessThan(place.get(step.name) ?? -1);
            }
          }
        }
        const alone = plan({ extensions: extensions.map((one) => ({ ...one, succeeds: [] })) }, local).steps;
        const bare = new Map(alone.map((step) => [step.name, step]));
        for (const { name } of steps) {
          if (!reaches(bare, name, name)) expect(reaches(byName, name, name)).toBe(false);
        }
      }),
    );
  });

  const stands = (...list: readonly WantedExtension[]): LocalState => ({
    lookedAtMs: 0,
    extensions: new Map(
      list.map((one) => [one.name, { name: one.name, mark: deployed(one), tree: { digest: one.treeDigest } }]),
    ),
  });
  const removal = { sha256: undefined };
  const [a1, a2, z1, z2] = [wants('A', 1, []), wants('A', 2, []), wants('Z', 1, []), wants('Z', 2, [])];
  it.each<[string, WantedExtension[], LocalState, ParkedTarget[], string[], [string, string][]]>([
    ['a removal', [wants('A', 1, [], ['Z'])], stands(z1), [], ['Z', 'A'], []],
    ['a new version', [wants('A', 1, [], ['Z']), z2], stands(z1), [], ['Z', 'A'], []],
    [
      'a parked removal, and holds back whoever needs the successor too',
      [wants('A', 1, [], ['Z']), wants('B', 1, ['A']), wants('C', 1, [])],
      stands(z1),
      [{ name: 'Z', ...removal }],
      ['C'],
      [
        ['Z', 'Z'],
        ['A', 'Z'],
        ['B', 'Z'],
      ],
    ],
    [
      'a removal that stands behind a parked one itself',
      [wants('A', 1, [], ['Z'])],
      stands(z1, wants('User', 1, ['Z'])),
      [{ name: 'User', ...removal }],
      [],
      [
        ['User', 'User'],
        ['Z', 'User'],
        ['A', 'User'],
      ],
    ],
    [
      'a parked new version',
      [wants('A', 1, [], ['Z']), z2],
      stands(z1),
      [{ name: 'Z', sha256: z2.sha256 }],
      [],
      [
        ['Z', 'Z'],
        ['A', 'Z'],
      ],
    ],
    [
      'nothing where the former owner is not here, or has nothing to do',
      [wants('A', 1, [], ['Gone', 'Z']), z1],
      stands(z1),
      [],
      ['A'],
      [],
    ],
    [
      'no mere repair of the version without the entity',
      [wants('A', 1, [], ['Z']), z2],
      { lookedAtMs: 0, extensions: new Map([['Z', { name: 'Z', mark: deployed(z2), tree: { fault: 'a fifo' } }]]) },
      [{ name: 'Z', sha256: z2.sha256 }],
      ['A'],
      [['Z', 'Z']],
    ],
    [
      'a deploy hook that was interrupted after the new version came into place',
      [wants('A', 1, [], ['Z']), z2],
      {
        lookedAtMs: 0,
        extensions: new Map([
          [
            'Z',
            {
              name: 'Z',
              mark: { ...deployed(z2), state: 'installing', hook: 'pending', previous: deployed(z1) },
              tree: { digest: z2.treeDigest },
            },
          ],
        ]),
      },
      [],
      ['Z', 'A'],
      [],
    ],
    [
      'not the former owner that needs its successor: dependencies come first',
      [wants('A', 2, ['Z']), wants('Z', 1, [], ['A'])],
      stands(a1),
      [],
      ['Z', 'A'],
      [],
    ],
    [
      'the same with names the other way round',
      [wants('Z', 2, ['A']), wants('A', 1, [], ['Z'])],
      stands(z1),
      [],
      ['A', 'Z'],
      [],
    ],
    [
      'one of two that swap, by name',
      [
        { ...a2, succeeds: ['Z'] },
        { ...z2, succeeds: ['A'] },
      ],
      stands(a1, z1),
      [],
      ['Z', 'A'],
      [],
    ],
  ])('lets a successor wait for %s', (_, extensions, local, parked, order, heldBack) => {
    const { steps, held } = plan({ extensions }, local, { parked });
    expect(steps.map(({ name }) => name)).toEqual(order);
    expect(held.map(({ step, waitsFor }) => [step.name, waitsFor])).toEqual(heldBack);
  });

  it('leaves foreign directories that nobody wants, and shows them', () => {
    check(
      fc.property(wantedState, localState, (extensions, local) => {
        const keys = new Set(extensions.map(({ name }) => nameKey(name)));
        const expected = [...local.extensions.values()].filter(
          ({ name, mark }) => mark === undefined && !keys.has(nameKey(name)),
        );
        const { steps, foreign } = plan({ extensions }, local);
        expect(foreign).toEqual(expected.map(({ name }) => name).sort());
        expect(steps.filter(({ name }) => foreign.includes(name))).toEqual([]);
      }),
    );
  });

  it('holds back what is parked and whatever comes after it, nothing else', () => {
    check(
      fc.property(wantedState, localState, parkedTargets, (extensions, local, drawn) => {
        const parked = drawn.map((one): ParkedTarget => ({
          name: one.name,
          sha256: one.version === undefined ? undefined : sha256Hex(`${one.name} ${one.version}`),
        }));
        const all = plan({ extensions }, local).steps;
        const byName = new Map(all.map((step) => [step.name, step]));
        const stuck = all.filter((step) =>
          parked.some(({ name, sha256 }) => name === step.name && sha256 === targetOf(step)),
        );
        const { steps, held } = plan({ extensions }, local, { parked });
        const expected = all.filter(({ name }) =>
          stuck.some((one) => one.name === name || reaches(byName, name, one.name)),
        );
        expect(held.map(({ step }) => step.name).sort()).toEqual(expected.map(({ name }) => name).sort());
        expect(steps.length + held.length).toBe(all.length);
        for (const { waitsFor } of held) expect(stuck.map(({ name }) => name)).toContain(waitsFor);
      }),
    );
  });

  it('touches only what it is told to', () => {
    check(
      fc.property(wantedState, localState, someNames, (extensions, local, names) => {
        const only = new Set(names);
        const keys = new Set(names.map(nameKey));
        for (const { name } of plan({ extensions }, local, { only, foreign: 'prune' }).steps)
          expect(keys).toContain(nameKey(name));
      }),
    );
  });

  it('does not hang in a long chain or a great circle', () => {
    const names = Array.from({ length: 3_000 }, (_, index) => `N${String(index).padStart(4, '0')}`);
    const extensions = names.map((name, index) => wants(name, 1, [names[(index + 1) % names.length] ?? '']));
    const empty: LocalState = { lookedAtMs: 0, extensions: new Map() };
    expect(plan({ extensions }, empty).steps.map(({ name }) => name)).toEqual(
      [...names.slice(1).toReversed(), 'N0000'].sort((l, r) =>
        l === 'N0000' ? 1 : r === 'N0000' ? -1 : l < r ? 1 : -1,
      ),
    );
  });

  it('runs a hook again where it is told to', () => {
    const a = wants('A', 1, []);
    const local: LocalState = {
      lookedAtMs: 0,
      extensions: new Map([['A', { name: 'A', mark: deployed(a), tree: { digest: a.treeDigest } }]]),
    };
    expect(plan({ extensions: [a] }, local).steps).toEqual([]);
    expect(plan({ extensions: [a] }, local, { redeploy: new Set(['A']) }).steps).toMatchObject([{ kind: 'redeploy' }]);
  });
});
