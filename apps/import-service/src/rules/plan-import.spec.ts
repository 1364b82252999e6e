import type { Dependency, OwnedEntity, PackageEntity, PackageMetadata } from '@muster/contracts';
import { describe, expect, test } from 'vitest';
import { acceptedUnmet, satisfies } from './dependency-rule.js';
import type { CatalogFacts, CurrentExtension } from './facts.js';
import { ALL_ALLOWED, type ImportPolicy } from './import-options.js';
import { planImport } from './plan-import.js';

const widget = (name: string): PackageEntity => ({ type: 'Widget', name });

function metadata(changes: Partial<PackageMetadata> = {}): PackageMetadata {
  return { name: 'New', version: '1.0.0', dependsOn: [], entities: [], fileResources: [], ...changes };
}

function there(
  name: string,
  version = '1.0.0',
  dependsOn: string[] = [],
  sha256 = `${name} ${version}`,
): CurrentExtension {
  return { name, version, sha256, dependsOn };
}

function owned(extension: string, ...entities: PackageEntity[]): OwnedEntity[] {
  return entities.map((entity) => ({ ...entity, extension }));
}

function facts(changes: Partial<CatalogFacts> = {}): CatalogFacts {
  return { extensions: [], owners: [], owned: [], dependants: [], ...changes };
}

const POLICY: ImportPolicy = { majorUpgrades: 'accept', haCompatibility: 'warn', allowed: ALL_ALLOWED };

/** One package by itself; that its version goes down is meant. */
function plan(changes: Partial<PackageMetadata>, state: Partial<CatalogFacts>, force = false, sha256 = 'new bytes') {
  const incoming = { metadata: metadata(changes), sha256, files: [] };
  const options = { force, allowDowngrade: true, partial: 'none' as const };
  const [verdict] = planImport([incoming], facts(state), options, POLICY);
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
}

describe('what becomes of the extension', () => {
  test.for<[string, string | undefined, string, boolean, string | undefined, string[]]>([
    ['nothing is there', undefined, '1.0.0', false, 'install', []],
    ['an older one is there', '0.9', '1.0.0', false, 'upgrade', []],
    ['an older one of another major is there', '1.0', '2.0', false, 'upgrade', []],
    ['a newer one is there', '1.0.1', '1.0.0', false, 'downgrade', []],
    ['the same version is there', '1.0.0', '1.0.0', false, 'reinstall', ['version-exists']],
    ['the same version is there, written otherwise', '1.0', '1.0.0', false, 'reinstall', ['version-exists']],
    ['the same version is there, and it is forced', '1.0.0', '1.0.0', true, 'reinstall', []],
    ['a newer one is there, and it is forced', '1.0.1', '1.0.0', true, 'downgrade', []],
    ['ten is more than nine', '1.9', '1.10', false, 'upgrade', []],
  ])('%s', ([, current, version, force, action, codes]) => {
    const verdict = plan({ version }, { extensions: current === undefined ? [] : [there('New', current)] }, force);
    expect(verdict.action).toBe(action);
    expect(verdict.reasons.map(({ code }) => code)).toEqual(codes);
    expect(verdict.change).toMatchObject({ action, version, sha256: 'new bytes' });
    expect(verdict.change?.previousVersion).toBe(current);
  });

  test('exactly these bytes are there: nothing, whatever else may be wrong', () => {
    const extensions = [there('New', '1.0.0', [], 'new bytes'), there('NEW')];
    expect(plan({ dependsOn: [{ name: 'Nobody', version: '1.0' }] }, { extensions })).toMatchObject({
      outcome: 'unchanged',
      reasons: [],
    });
  });

  test.for<[string, Partial<PackageMetadata>, string | undefined, boolean, string[]]>([
    ['a downgrade', { version: '1.0' }, '1.1', false, ['downgrade']],
    ['another major', { version: '2.0' }, '1.1', false, ['major-changed']],
    ['a downgrade to another major', { version: '1.0' }, '2.0', false, ['downgrade', 'major-changed']],
    ['other bytes by force', { version: '1.0' }, '1.0', true, ['same-version-replaced']],
    ['not made for a cluster', { haCompatible: false }, undefined, false, ['not-ha-compatible']],
    ['made for a cluster', { haCompatible: true }, undefined, false, []],
    ['nothing said about clusters', {}, undefined, false, []],
  ])('warnings: %s', ([, changes, current, force, codes]) => {
    const { warnings } = plan(changes, { extensions: current === undefined ? [] : [there('New', current)] }, force);
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });
});

describe('names', () => {
  test.for<[string, string, boolean]>([
    ['New', 'new', true],
    ['New', 'NEW', true],
    ['New', 'New', false],
    ['New', 'New-er', false],
    ['New', 'Nеw (the e is Cyrillic)', false],
  ])('%s beside %s: collision %s', ([name, other, collides]) => {
    const codes = plan({ name, version: '2.0' }, { extensions: [there(other)] }).reasons.map(({ code }) => code);
    expect(codes).toEqual(collides ? ['name-collision'] : []);
  });
});

describe('entities', () => {
  test('one that another extension owns is refused, by name and owner; its own are not', () => {
    const owners = [
      { ...widget('mine'), extension: 'New' },
      { ...widget('theirs'), extension: 'Other' },
      { type: 'LocalizationTable', name: 'shared', extension: 'Other' },
    ];
    const { reasons } = plan({ entities: owners }, { owners });
    expect(reasons.map(({ code }) => code)).toEqual(['entity-owned']);
    expect(reasons[0]?.detail).toContain('"theirs"');
    expect(reasons[0]?.detail).toContain('"Other"');
  });

  test('those that come and those that go are told apart', () => {
    const verdict = plan(
      { entities: [widget('kept'), widget('added')] },
      { owned: owned('New', widget('kept'), widget('dropped')) },
    );
    expect(verdict.entitiesAdded).toEqual([widget('added')]);
    expect(verdict.entitiesRemoved).toEqual([widget('dropped')]);
  });
});

describe('dependencies', () => {
  test.for<[string, string, string]>([
    ['1.2.0', '1.2.0', 'met'],
    ['1.2', '1.2.0', 'met'],
    ['1.3.0', '1.2.9', 'met'],
    ['1.10', '1.9', 'met'],
    ['1.1.9', '1.2.0', 'too-old'],
    ['0.9', '1.0', 'too-old'],
    ['2.0.0', '1.2.0', 'too-new'],
    ['7.1', '0.0.0', 'met'],
    ['7.1', '0', 'met'],
    ['1.0', '0.0.1', 'too-new'],
  ])('%s for a minimum of %s: %s', ([version, minimum, satisfaction]) => {
    expect(satisfies(version, minimum)).toBe(satisfaction);
  });

  test.for<[string, Dependency[], CurrentExtension[], string[]]>([
    ['missing', [{ name: 'Base', version: '1.0' }], [], ['dependency-missing']],
    ['only a twin is there', [{ name: 'Base', version: '1.0' }], [there('base')], ['dependency-missing']],
    ['too old', [{ name: 'Base', version: '1.1' }], [there('Base', '1.0')], ['dependency-too-old']],
    ['another major', [{ name: 'Base', version: '1.1' }], [there('Base', '2.0')], ['dependency-too-new']],
    ['there', [{ name: 'Base', version: '1.0' }], [there('Base', '1.5')], []],
    ['itself', [{ name: 'New', version: '1.0' }], [], ['dependency-cycle']],
    [
      'back to it',
      [{ name: 'B', version: '1.0' }],
      [there('New', '0.1'), there('B', '1.0', ['C']), there('C', '1.0', ['New'])],
      ['dependency-cycle'],
    ],
    [
      'a circle that it has no part in',
      [{ name: 'B', version: '1.0' }],
      [there('B', '1.0', ['C']), there('C', '1.0', ['B'])],
      [],
    ],
  ])('%s', ([, dependsOn, extensions, codes]) => {
    const { reasons } = plan({ dependsOn }, { extensions });
    expect(reasons.map(({ code }) => code)).toEqual(codes);
  });

  test('the way of a circle is told', () => {
    const extensions = [there('New', '0.1'), there('B', '1.0', ['C']), there('C', '1.0', ['New'])];
    const { reasons } = plan({ dependsOn: [{ name: 'B', version: '1.0' }] }, { extensions });
    expect(reasons[0]?.detail).toContain('New → B → C → New');
  });

  test.for<[string, string, string[]]>([
    ['2.0', '1.0', ['dependants-unmet']],
    ['1.0', '1.1', ['dependants-unmet']],
    ['1.5', '1.1', []],
    ['2.0', '0.0.0', []],
  ])('%s where somebody needs %s', ([version, minimum, codes]) => {
    const dependants = [{ name: 'Needy', needs: { name: 'New', version: minimum } }];
    const { reasons } = plan({ version }, { extensions: [there('New', '0.5')], dependants });
    expect(reasons.map(({ code }) => code)).toEqual(codes);
  });

  test('the catalog is told which minima of 0.0.0 are taken as met', () => {
    const dependsOn = [
      { name: 'Any', version: '0.0.0' },
      { name: 'Base', version: '1.0' },
    ];
    const dependants = [{ name: 'Easy', needs: { name: 'New', version: '0' } }];
    expect(acceptedUnmet({ metadata: metadata({ dependsOn }) }, dependants)).toEqual([
      { extension: 'New', dependency: 'Any' },
      { extension: 'Easy', dependency: 'New' },
    ]);
  });
});
