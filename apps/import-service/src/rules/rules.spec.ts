import type { Dependency, PackageMetadata } from '@muster/contracts';
import { describe, expect, test } from 'vitest';
import type { CatalogFacts, CurrentExtension, Incoming } from './facts.js';
import { haRule } from './ha-rule.js';
import { ALL_ALLOWED, POLICY_FLAGS, type ImportOptions, type ImportPolicy, type PolicyFlag } from './import-options.js';
import { majorRule } from './major-rule.js';
import { needsFirst } from './needs-first.js';
import { planImport } from './plan-import.js';
import { platformRule } from './platform-rule.js';
import { policyRule } from './policy-rule.js';
import { skipRule } from './skip-rule.js';

function incoming(changes: Partial<PackageMetadata> = {}, files: string[] = []): Incoming {
  const metadata = { name: 'New', version: '1.2', dependsOn: [], entities: [], fileResources: [], ...changes };
  return { metadata, sha256: `${metadata.name} ${metadata.version}`, files };
}
function there(name: string, version: string, dependsOn: string[] = []): CurrentExtension {
  return { name, version, sha256: `${name} ${version}`, dependsOn };
}
const codesOf = (found: { reasons: readonly { code: string }[]; warnings: readonly { code: string }[] }): string[] => [
  ...found.reasons.map(({ code }) => `refused: ${code}`),
  ...found.warnings.map(({ code }) => code),
];

describe('another major', () => {
  test.for<[string | undefined, string, ImportPolicy['majorUpgrades'], string[]]>([
    [undefined, '2.0', 'refuse', []],
    ['1.9', '2.0', 'accept', ['major-changed']],
    ['1.9', '2.0', 'refuse', ['refused: major-refused']],
    ['2.0', '1.9', 'accept', ['major-changed']],
    ['2.0', '1.9', 'refuse', ['refused: major-refused']],
    ['1.0', '1.9', 'refuse', []],
    ['1', '1.0.0.1', 'refuse', []],
  ])('%s → %s, %s', ([current, version, majorUpgrades, codes]) => {
    const found = majorRule(
      incoming({ version }),
      current === undefined ? undefined : there('New', current),
      majorUpgrades,
    );
    expect(codesOf(found)).toEqual(codes);
  });

  test('is refused in the words that ThingWorx has for it', () => {
    const { reasons } = majorRule(incoming({ version: '2.0' }), there('New', '1.0'), 'refuse');
    expect(reasons[0]?.detail).toContain('is already installed');
    expect(reasons[0]?.detail).toContain('New:2.0 is not compatible, remove New:1.0 first');
  });
});

describe('left out of a partial import', () => {
  test.for<[ImportOptions['partial'], string | undefined, string, boolean]>([
    ['none', '1.3', '1.2', false],
    ['skip-installed', undefined, '1.2', false],
    ['skip-installed', '1.1', '1.2', false],
    ['skip-installed', '1.3', '1.2', true],
    ['skip-installed', '2.0', '1.2', true],
    ['skip-installed', '1.2.0', '1.2', true],
    // The same bytes: unchanged.
    ['skip-installed', '1.2', '1.2', false],
  ])('%s, installed %s, incoming %s: %s', ([partial, current, version, skipped]) => {
    const found = skipRule(incoming({ version }), current === undefined ? undefined : there('New', current), partial);
    expect(found?.code).toBe(skipped ? 'skipped-installed' : undefined);
  });
});

describe('the platform', () => {
  test.for<[string | undefined, string | undefined, string[]]>([
    [undefined, '99.0', []],
    ['9.3', undefined, []],
    ['9.3', '', []],
    ['9.3', '9.3.0', []],
    ['9.3.1', '9.3', []],
    ['10.0', '9.9', []],
    ['9.3', '9.3.1', ['refused: platform-too-old']],
    ['9.3', '10', ['refused: platform-too-old']],
    ['9.3', 'v10.1-b7', ['refused: platform-too-old']],
    ['9.3', '9.0.0-b12', []],
    ['9.3', 'latest', ['platform-unknown']],
  ])('%s for a package that wants %s', ([platform, minimumThingWorxVersion, codes]) => {
    const metadata = minimumThingWorxVersion === undefined ? {} : { minimumThingWorxVersion };
    expect(codesOf(platformRule(incoming(metadata), platform))).toEqual(codes);
  });
});

describe('made for a cluster', () => {
  test.for<[boolean | undefined, ImportPolicy['haCompatibility'], string[]]>([
    [true, 'warn', []],
    [true, 'deny', []],
    [false, 'warn', ['not-ha-compatible']],
    [false, 'deny', ['refused: not-ha-compatible']],
    [undefined, 'warn', []],
    [undefined, 'deny', ['ha-not-declared']],
  ])('haCompatible %s, %s', ([haCompatible, level, codes]) => {
    const metadata = haCompatible === undefined ? {} : { haCompatible };
    expect(codesOf(haRule(incoming(metadata), level))).toEqual(codes);
  });
});

describe('what the service takes at all', () => {
  const widget = incoming(
    {
      entities: [
        { type: 'Widget', name: 'gauge' },
        { type: 'Thing', name: 'Boiler' },
      ],
      fileResources: [{ type: 'CSS', file: 'gauge.ide.css' }],
    },
    [
      'metadata.xml',
      'Entities/Things/Things_Boiler.xml',
      'lib/common/gauge.jar',
      'ui/gauge/gauge.runtime.js',
      'ui/gauge/gauge.ide.css',
      'ui/gauge/gauge.json',
      'ui/gauge/gauge.png',
      'Localization/de.json',
    ],
  );

  test.for<[PolicyFlag, string, string]>([
    ['MUSTER_IMPORT_ENABLED', 'an extension package', 'metadata.xml'],
    ['MUSTER_ALLOW_ENTITIES', 'the Thing "Boiler"', 'Entities/Things/Things_Boiler.xml'],
    ['MUSTER_ALLOW_EXTENSIBLE_ENTITIES', 'the Widget "gauge"', 'metadata.xml'],
    ['MUSTER_ALLOW_JAR_RESOURCES', 'a resource', 'lib/common/gauge.jar'],
    ['MUSTER_ALLOW_JAVASCRIPT_RESOURCES', 'a resource', 'ui/gauge/gauge.runtime.js'],
    ['MUSTER_ALLOW_CSS_RESOURCES', 'a resource', 'gauge.ide.css'],
    ['MUSTER_ALLOW_JSON_RESOURCES', 'a resource', 'ui/gauge/gauge.json'],
    ['MUSTER_ALLOW_WEB_APP_RESOURCES', 'a resource', 'ui/gauge/gauge.png'],
  ])('%s names itself and the file that hit it', ([flag, what, file]) => {
    const reasons = policyRule(widget, { ...ALL_ALLOWED, [flag]: false });
    expect(reasons.map(({ code }) => code)).toEqual(['not-allowed']);
    for (const text of [flag, what, file]) expect(reasons[0]?.detail).toContain(text);
  });

  test('all flags off: one reason each; a package that none of them hits is let in', () => {
    const off = Object.fromEntries(POLICY_FLAGS.map((flag) => [flag, false])) as ImportPolicy['allowed'];
    expect(policyRule(widget, off)).toHaveLength(POLICY_FLAGS.length);
    expect(policyRule(widget, ALL_ALLOWED)).toEqual([]);
    expect(
      policyRule(incoming({}, ['metadata.xml', 'Localization/de.json']), { ...off, MUSTER_IMPORT_ENABLED: true }),
    ).toEqual([]);
  });
});

describe('the order', () => {
  const node = (name: string, ...dependsOn: string[]) => ({ name, dependsOn });
  test.for<[string, { name: string; dependsOn: string[] }[], string[]]>([
    ['by name where nobody needs anybody', [node('b'), node('a')], ['a', 'b']],
    ['needs first', [node('a', 'c'), node('b'), node('c', 'b')], ['b', 'c', 'a']],
    ['what is not there does not count', [node('a', 'x')], ['a']],
    ['a circle is cut', [node('a', 'b'), node('b', 'a')], ['b', 'a']],
  ])('%s', ([, all, order]) => {
    expect(needsFirst(all).map(({ name }) => name)).toEqual(order);
  });

  test('a chain as long as an import has no end of the stack', () => {
    const chain = Array.from({ length: 20_000 }, (_, n) => node(`n${n}`, `n${n + 1}`));
    expect(needsFirst(chain).at(-1)?.name).toBe('n0');
  });
});

describe('several packages at once', () => {
  const POLICY: ImportPolicy = { majorUpgrades: 'accept', haCompatibility: 'warn', allowed: ALL_ALLOWED };
  const OPTIONS: ImportOptions = { force: false, allowDowngrade: false, partial: 'none' };
  const one = (name: string, dependsOn: Dependency[] = [], changes: Partial<PackageMetadata> = {}): Incoming =>
    incoming({ name, dependsOn, ...changes });
  const plan = (packages: Incoming[], state: Partial<CatalogFacts> = {}, options: Partial<ImportOptions> = {}) =>
    planImport(
      packages,
      { extensions: [], owners: [], owned: [], dependants: [], ...state },
      { ...OPTIONS, ...options },
      POLICY,
    ).map(({ incoming: { metadata }, outcome, reasons }) => [
      metadata.name,
      outcome,
      ...reasons.map(({ code }) => code),
    ]);
  const needs = (name: string, version = '1.0'): Dependency => ({ name, version });
  const w = (name: string) => ({ type: 'Widget', name });

  test.for<[string, unknown[], unknown[]]>([
    [
      'what is needed comes with it, and first',
      plan([one('A', [needs('B')]), one('B')]),
      [
        ['B', 'install'],
        ['A', 'install'],
      ],
    ],
    [
      'what comes with it is too old',
      plan([one('A', [needs('B', '1.3')]), one('B')]),
      [
        ['B', 'install'],
        ['A', 'refused', 'dependency-too-old'],
      ],
    ],
    ['one of three is missing', plan([one('A', [needs('C')])]), [['A', 'refused', 'dependency-missing']]],
    [
      'a circle among them',
      plan([one('A', [needs('B')]), one('B', [needs('C')]), one('C', [needs('A')])]),
      [
        ['C', 'refused', 'dependency-cycle'],
        ['B', 'refused', 'dependency-cycle'],
        ['A', 'refused', 'dependency-cycle'],
      ],
    ],
    [
      'a circle through what is installed',
      plan([one('A', [needs('B')])], { extensions: [there('B', '1.0', ['A'])] }),
      [['A', 'refused', 'dependency-cycle']],
    ],
    [
      'an upgrade that its dependant could not take, with a dependant that does',
      plan([one('Base', [], { version: '2.0' }), one('A', [needs('Base', '2.0')])], {
        extensions: [there('Base', '1.0'), there('A', '1.0', ['Base'])],
        dependants: [{ name: 'A', needs: needs('Base') }],
      }),
      [
        ['Base', 'upgrade'],
        ['A', 'upgrade'],
      ],
    ],
    [
      'the same without it',
      plan([one('Base', [], { version: '2.0' })], {
        extensions: [there('Base', '1.0'), there('A', '1.0', ['Base'])],
        dependants: [{ name: 'A', needs: needs('Base') }],
      }),
      [['Base', 'refused', 'dependants-unmet']],
    ],
    [
      'an entity that one gives up and the other takes',
      plan([one('A'), one('B', [], { entities: [w('x')] })], {
        extensions: [there('A', '1.0')],
        owners: [{ ...w('x'), extension: 'A' }],
      }),
      [
        ['A', 'upgrade'],
        ['B', 'install'],
      ],
    ],
    [
      'an entity that both bring',
      plan([one('A', [], { entities: [w('x')] }), one('B', [], { entities: [w('x')] })]),
      [
        ['A', 'refused', 'entity-owned'],
        ['B', 'refused', 'entity-owned'],
      ],
    ],
    [
      'localisation that both bring',
      plan(['A', 'B'].map((name) => one(name, [], { entities: [{ type: 'LocalizationTable', name: 'Default' }] }))),
      [
        ['A', 'install'],
        ['B', 'install'],
      ],
    ],
    [
      'an entity of one that is left out stays its own',
      plan(
        [one('A', [], { version: '0.9' }), one('B', [], { entities: [w('x')] })],
        { extensions: [there('A', '1.0')], owners: [{ ...w('x'), extension: 'A' }] },
        { partial: 'skip-installed' },
      ),
      [
        ['A', 'skipped'],
        ['B', 'refused', 'entity-owned'],
      ],
    ],
    [
      'names that differ by case',
      plan([one('Abc'), one('ABC')]),
      [
        ['ABC', 'refused', 'name-collision'],
        ['Abc', 'refused', 'name-collision'],
      ],
    ],
    [
      'two versions of one extension',
      plan([one('A'), one('A', [], { version: '1.3' })]),
      [
        ['A', 'refused', 'duplicate-extension'],
        ['A', 'refused', 'duplicate-extension'],
      ],
    ],
    [
      'what is there already does not hinder the rest',
      plan([one('A'), one('B', [needs('A')])], { extensions: [there('A', '1.2')] }),
      [
        ['A', 'unchanged'],
        ['B', 'install'],
      ],
    ],
  ])('%s', ([, actual, expected]) => {
    expect(actual).toEqual(expected);
  });

  test('the path of a circle is printed', () => {
    const packages = [one('A', [needs('B')]), one('B', [needs('C')]), one('C', [needs('A')])];
    const facts = { extensions: [], owners: [], owned: [], dependants: [] };
    const details = planImport(packages, facts, OPTIONS, POLICY).flatMap(({ reasons }) =>
      reasons.map(({ detail }) => detail),
    );
    expect(details.join('\n')).toContain('A → B → C → A');
  });
});
