import type { ExtensionDetail, ExtensionList } from '@muster/contracts';
import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChangeModel, sampleOf, type Expected, type Sample } from './spec/change-model.js';
import { RunningService, type Answer } from './spec/running-service.js';

const RUNS = 3 * Number(process.env.MUSTER_TEST_SCALE ?? '1');
const NAMES = ['Base', 'Needy', 'Rival'] as const;

let service: RunningService;
beforeAll(async () => {
  service = await RunningService.start();
});
afterAll(() => service.close());

/** Names of a run are its own: the catalog need not be emptied between two. */
function samplesOf(run: number): Sample[] {
  const name = (of: (typeof NAMES)[number]): string => `${of}-${run}`;
  const shared = [{ type: 'Widget', name: `shared-${run}` }];
  const needs = [{ name: name('Base'), version: '1.1' }];
  const base = (version: string, bytes: string, entities = shared.slice(1)): Sample =>
    sampleOf({ name: name('Base'), version, entities }, bytes);
  const needy = (version: string, bytes: string): Sample =>
    sampleOf({ name: name('Needy'), version, dependsOn: needs }, bytes);
  const rival = (version: string, entities: typeof shared): Sample =>
    sampleOf({ name: name('Rival'), version, entities }, 'a');
  return [
    base('1.0', 'a'),
    base('1.2', 'a'),
    base('1.2', 'b'),
    base('1.3', 'a', shared),
    base('2.0', 'a'),
    needy('1.0', 'a'),
    needy('1.0', 'b'),
    needy('1.1', 'a'),
    rival('1.0', []),
    rival('1.1', shared),
  ];
}

const index = fc.nat({ max: 9 });
const extension = fc.constantFrom(...NAMES);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('import' as const), index, force: fc.boolean(), lower: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), extension, purge: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('before' as const), extension }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('version' as const), index }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('bytes' as const), index, version: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('freeze' as const, 'unfreeze' as const) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'unfreeze' as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Some history to go back in. */
const BEGINNING = [0, 1, 2, 3, 5, 6].map((at): Step => ({ kind: 'import', index: at, force: true, lower: true }));

/** Does one step to the model and to the service; what each of them answered. */
async function take(one: Step, run: number, model: ChangeModel, samples: Sample[]): Promise<[Expected, Expected]> {
  const sample = samples['index' in one ? one.index : 0] as Sample;
  const name = 'extension' in one ? `${one.extension}-${run}` : sample.name;
  const rollBack = async (wish: { version?: string; sha256?: string }): Promise<[Expected, Expected]> => [
    model.rollBack(name, wish),
    told(await service.rollBack(name, wish)),
  ];
  switch (one.kind) {
    case 'import': {
      const answer = await service.import(sample.zip, `?force=${one.force}&allowDowngrade=${one.lower}`);
      return [model.import(sample, one.force, one.lower), told(answer)];
    }
    case 'remove':
      return [model.remove(name, one.purge), told(await service.remove(name, one.purge ? '?purge=true' : ''))];
    case 'before':
      return rollBack({});
    case 'version':
      return rollBack({ version: sample.version });
    case 'bytes':
      return rollBack({ sha256: sample.sha256, ...(one.version && { version: sample.version }) });
    default: {
      model.frozen = one.kind === 'freeze';
      const { status } = await service.hold('/freeze', model.frozen ? 'a random test' : undefined);
      return [
        { status: 200, told: one.kind },
        { status, told: one.kind },
      ];
    }
  }
}

function told({ status, body }: Answer): Expected {
  return { status, told: body.code ?? body.changes[0]?.action ?? 'unchanged' };
}

/** Catalog, versions and disk all hold what the model holds. */
async function compare(model: ChangeModel, run: number): Promise<void> {
  const { extensions } = (await service.request<ExtensionList>('/extensions')).body;
  const mine = extensions.filter(({ name }) => name.endsWith(`-${run}`));
  expect(mine.map(({ name, sha256 }) => [name, sha256])).toEqual(
    [...model.current.values()].map(({ name, sha256 }) => [name, sha256]).toSorted(),
  );
  expect((await service.installed()).filter((name) => name.endsWith(`-${run}`))).toEqual(
    [...model.current.keys()].toSorted(),
  );
  for (const { name, sha256 } of model.current.values()) {
    const chk = await readFile(path.join(service.storage, 'extensions', name, `${name}.chk`), 'utf8');
    expect(chk).toContain(sha256);
    const { versions } = (await service.request<ExtensionDetail>(`/extensions/${name}`)).body;
    expect(versions.filter(({ current }) => current)).toMatchObject([{ sha256, stored: true }]);
  }
}

test('random imports, removals, roll backs and freezes end as the rules say', { timeout: 120_000 * RUNS }, async () => {
  let run = 0;
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 25, maxLength: 35 }), async (steps) => {
      run += 1;
      const [model, samples] = [new ChangeModel(), samplesOf(run)];
      for (const one of [...BEGINNING, ...steps]) {
        const [expected, actual] = await take(one, run, model, samples);
        expect(actual, JSON.stringify(one)).toEqual(expected);
        seen.add(expected.told);
      }
      await compare(model, run);
      await service.hold('/freeze');
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect(await service.leftovers()).toEqual([]);
  expect(seen.size, [...seen].join(', ')).toBeGreaterThan(12);
});
