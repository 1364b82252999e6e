import { createDatabase, rawPool } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import type { PackageEntity } from '@muster/contracts';
import { EMPTY_CHAIN, extensionChangedSchema, nextChain, rootDigest } from '@muster/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Client, Pool } from 'pg';
import {
  commit,
  committed,
  describedPackage,
  draftOf,
  install,
  installed,
  remove,
  storedPackage,
  upgrade,
} from './spec/drafts.js';
import { emptyCatalog } from './spec/empty-catalog.js';
import { Catalog, migrate } from './index.js';

let database: TestDatabase;
let catalog: Catalog;
let reader: Pool;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  catalog = Catalog.connect({ url: database.url, applicationName: 'spec' });
  reader = rawPool(database.url);
});
beforeEach(() => emptyCatalog(reader));
afterAll(async () => {
  await Promise.all([catalog.close(), reader.end()]);
  await database.drop();
});

describe('a commit', () => {
  it('makes the first revision on the empty catalog', async () => {
    const empty = await catalog.wanted();
    expect(empty).toMatchObject({ revision: 0, chain: EMPTY_CHAIN, extensions: [] });
    expect(empty.rootDigest).toBe(rootDigest([]));
    const one = await storedPackage(catalog, { name: 'Alpha' });
    const result = await committed(catalog, install(one));
    const root = rootDigest([{ name: 'Alpha', sha256: one.sha256, treeDigest: one.treeDigest }]);
    expect(result).toMatchObject({
      revision: 1,
      rootDigest: root,
      chain: nextChain(EMPTY_CHAIN, result.changes, root),
    });
    const wanted = await catalog.wanted();
    expect(wanted).toMatchObject({ revision: 1, chain: result.chain, rootDigest: root, catalogId: empty.catalogId });
    expect(wanted.extensions).toEqual([
      {
        name: 'Alpha',
        version: '1.0.0',
        sha256: one.sha256,
        treeDigest: one.treeDigest,
        sizeBytes: 300,
        unpackedBytes: 3,
        revision: 1,
        dependsOn: [],
        succeeds: [],
      },
    ]);
    expect(await catalog.manifest(one.sha256)).toEqual(one.manifest);
    expect(await catalog.chainAt(1)).toBe(result.chain);
    expect(await catalog.chainAt(0)).toBe(EMPTY_CHAIN);
    expect(await catalog.chainAt(2)).toBeUndefined();
  });

  it('is published with its commit only where consumers read the outbox itself', async () => {
    const [a, b] = [await storedPackage(catalog, { name: 'A' }), await storedPackage(catalog, { name: 'B' })];
    const direct = await catalog.revisions.commit({ ...draftOf(install(a)), published: true });
    const relayed = await catalog.revisions.commit(draftOf(install(b)));
    expect([direct.ok, relayed.ok]).toEqual([true, true]);
    const [first, second] = await catalog.revisions.after(0, 10);
    expect(first?.publishedAt).toBe(first?.committedAt);
    expect(second).not.toHaveProperty('publishedAt');
    const { rows } = await reader.query('select published_at is not null as published from event order by position');
    expect(rows).toEqual([{ published: true }, { published: false }]);
  });

  it('writes the outbox in the order of the changes, with messages that fit the contract', async () => {
    const listener = new Client({ connectionString: database.url });
    await listener.connect();
    await listener.query('listen muster_event');
    const heard = new Promise<string | undefined>((resolve) => listener.on('notification', (n) => resolve(n.payload)));
    const [a, b] = [await storedPackage(catalog, { name: 'A' }), await storedPackage(catalog, { name: 'B' })];
    await committed(catalog, install(b), install(a));
    await committed(catalog, remove(b));
    expect(await heard).toBe('2');
    await listener.end();
    const { rows } = await reader.query('select position::int, revision::int, payload from event order by position');
    const events = rows.map(({ payload }) => extensionChangedSchema.parse(payload));
    expect(rows.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(events.map((e) => [e.revision, e.position, e.count, e.action, e.extension])).toEqual([
      [1, 0, 2, 'install', 'B'],
      [1, 1, 2, 'install', 'A'],
      [2, 0, 1, 'remove', 'B'],
    ]);
  });

  it('gives the same revision for the same import id, and finds it', async () => {
    const one = await storedPackage(catalog, { name: 'Alpha' });
    const draft = { importId: 'import-1', actor: 'ann', changes: [install(one)] };
    expect(await catalog.revisions.findImport('import-1')).toBeUndefined();
    const first = await catalog.revisions.commit(draft);
    const second = await catalog.revisions.commit(draft);
    expect(second).toEqual(first);
    expect(await catalog.revisions.findImport('import-1')).toMatchObject({ revision: 1, actor: 'ann' });
    expect((await catalog.head()).revision).toBe(1);
  });

  it('refuses a draft without a change, with one extension twice, or with too many changes', async () => {
    const one = describedPackage({ name: 'A' }, 'a'.repeat(64));
    const many = Array.from({ length: 1001 }, (_, n) => install(describedPackage({ name: `N${n}` }, 'a'.repeat(64))));
    for (const changes of [[], [install(one), install(one)], many]) {
      await expect(async () => commit(catalog, ...changes)).rejects.toMatchObject({ code: 'draft-invalid' });
    }
  });

  it('takes a thousand changes in one revision', async () => {
    const { blob, sha256 } = await storedPackage(catalog, { name: 'x' });
    const packages = Array.from({ length: 1000 }, (_, n) =>
      describedPackage({ name: `Extension-${n}` }, n.toString(16).padStart(64, '0')),
    );
    expect(blob && sha256).toBeTruthy();
    await reader.query(
      `insert into blob (id, sha256, size_bytes)
       select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, repeat('a', 64), 0 from generate_series(0, 999) n`,
    );
    const result = await committed(
      catalog,
      ...packages.map((one, n) => install({ ...one, blob: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` })),
    );
    expect(result.changes).toHaveLength(1000);
    expect((await catalog.wanted()).extensions).toHaveLength(1000);
  });
});

describe('what the plan assumed is checked again', () => {
  it('refuses an install of what has come meanwhile, and an upgrade or removal of what has changed or gone', async () => {
    const old = await installed(catalog, { name: 'Alpha' });
    const [v2, v3] = [
      await storedPackage(catalog, { name: 'Alpha', version: '2' }),
      await storedPackage(catalog, { name: 'Alpha', version: '3' }),
    ];
    expect(await commit(catalog, install(v2))).toMatchObject({
      ok: false,
      code: 'conflict',
      detail: expect.stringMatching(/Alpha is now 1\.0\.0/),
    });
    await committed(catalog, upgrade(v2, old));
    expect(await commit(catalog, upgrade(v3, old))).toMatchObject({ code: 'conflict' });
    expect(await commit(catalog, remove(old))).toMatchObject({ code: 'conflict' });
    await committed(catalog, remove(v2));
    expect(await commit(catalog, upgrade(v3, v2))).toMatchObject({
      code: 'conflict',
      detail: expect.stringMatching(/no longer there/),
    });
    expect(await commit(catalog, remove(v2))).toMatchObject({ code: 'conflict' });
    expect((await catalog.head()).revision).toBe(3);
    expect((await catalog.wanted()).extensions).toEqual([]);
  });

  it('refuses a name that differs by case only, unless the other goes in the same revision', async () => {
    const lower = await installed(catalog, { name: 'fileutils' });
    const upper = await storedPackage(catalog, { name: 'FileUtils' });
    expect(await commit(catalog, install(upper))).toMatchObject({
      code: 'name-collision',
      detail: expect.stringMatching(/FileUtils.*fileutils/),
    });
    await committed(catalog, remove(lower), install(upper));
    expect((await catalog.wanted()).extensions.map(({ name }) => name)).toEqual(['FileUtils']);
  });

  it('refuses an entity of another extension and names both; localisation tables may be shared', async () => {
    const widget = { type: 'Widget', name: 'Gauge' };
    const table = { type: 'LocalizationTable', name: 'Default' };
    const first = await installed(catalog, { name: 'First', entities: [widget, table] });
    const second = await storedPackage(catalog, { name: 'Second', entities: [table, widget] });
    const refused = await commit(catalog, install(second));
    expect(refused).toMatchObject({
      code: 'entity-owned',
      detail: expect.stringMatching(/Widget Gauge of Second belongs to the extension First/),
    });
    expect(await catalog.entities.list('Second')).toEqual([]);
    const tableOnly = await installed(catalog, { name: 'Third', entities: [table] });
    expect(tableOnly.metadata.name).toBe('Third');
    await committed(catalog, remove(first), install(second));
    expect(await catalog.entities.owners([widget, table])).toEqual([
      { ...table, extension: 'Second' },
      { ...table, extension: 'Third' },
      { ...widget, extension: 'Second' },
    ]);
  });

  it('drops the entities that an upgrade no longer brings', async () => {
    const entity = (name: string) => ({ type: 'Thing', name });
    const old = await installed(catalog, { name: 'A', entities: [entity('one'), entity('two')] });
    await committed(
      catalog,
      upgrade(
        await storedPackage(catalog, { name: 'A', version: '2', entities: [entity('two'), entity('three')] }),
        old,
      ),
    );
    expect((await catalog.entities.list('A')).map(({ name }) => name)).toEqual(['three', 'two']);
    await installed(catalog, { name: 'B', entities: [entity('one')] });
  });

  it('remembers who brought an entity before, through upgrades, removals and other owners', async () => {
    const [x, y] = ['x', 'y'].map((name) => ({ type: 'Thing', name })) as [PackageEntity, PackageEntity];
    const table = { type: 'LocalizationTable', name: 'Default' };
    const succeeds = async () =>
      Object.fromEntries((await catalog.wanted()).extensions.map((one) => [one.name, one.succeeds]));
    const a1 = await installed(catalog, { name: 'A', entities: [x, table] });
    const a2 = await storedPackage(catalog, { name: 'A', version: '2', entities: [y, table] });
    await committed(catalog, upgrade(a2, a1));
    const other = { type: 'Widget', name: 'x' };
    const z = await installed(catalog, { name: 'Z', entities: [x, other, table] });
    const like = await installed(catalog, { name: 'Like', entities: [{ type: 'Widget', name: 'y' }, table] });
    expect(await succeeds()).toEqual({ A: [], Like: [], Z: ['A'] });
    await committed(catalog, remove(like));
    const b = await storedPackage(catalog, { name: 'B', entities: [y, x] });
    await committed(catalog, remove(a2), remove(z), install(b));
    expect(await succeeds()).toEqual({ B: ['A', 'Z'] });
    const b2 = await storedPackage(catalog, { name: 'B', version: '2', entities: [{ type: 'Thing', name: 'new' }] });
    await committed(catalog, upgrade(b2, b), install(a1));
    expect(await succeeds()).toEqual({ A: ['B', 'Z'], B: [] });
  });

  it('refuses to leave a dependency newly unmet, and takes those that the plan accepted', async () => {
    const needs = { name: 'Base', version: '1.2' };
    const base = await installed(catalog, { name: 'Base', version: '1.3' });
    const user = await installed(catalog, { name: 'User', dependsOn: [needs] });
    expect((await catalog.wanted()).extensions[1]).toMatchObject({ name: 'User', dependsOn: ['Base'] });
    expect(await commit(catalog, remove(base))).toMatchObject({
      code: 'conflict',
      detail: expect.stringMatching(/User needs Base 1\.2/),
    });
    const older = await storedPackage(catalog, { name: 'Base', version: '1.1' });
    const major = await storedPackage(catalog, { name: 'Base', version: '2.0' });
    for (const wrong of [older, major]) {
      expect(await commit(catalog, upgrade(wrong, base))).toMatchObject({ code: 'conflict' });
    }
    const accepted = await catalog.revisions.commit({
      importId: 'accepting',
      actor: 'ann',
      changes: [upgrade(major, base)],
      acceptUnmet: [{ extension: 'User', dependency: 'Base' }],
    });
    expect(accepted.ok).toBe(true);
    // It is unmet already: that is no reason against another commit.
    await installed(catalog, { name: 'Other' });
    await committed(catalog, remove(user), remove(major));
  });
});

describe('several packages in one draft', () => {
  const thing = (name: string): PackageEntity => ({ type: 'Thing', name });

  it('meet the needs of each other, in whatever order they stand in it', async () => {
    const base = await storedPackage(catalog, { name: 'Base', version: '1.3' });
    const user = await storedPackage(catalog, { name: 'User', dependsOn: [{ name: 'Base', version: '1.2' }] });
    expect(await commit(catalog, install(user))).toMatchObject({ code: 'conflict' });
    await committed(catalog, install(user), install(base));
    expect((await catalog.wanted()).extensions).toMatchObject([
      { name: 'Base' },
      { name: 'User', dependsOn: ['Base'] },
    ]);
    expect(await catalog.extensions.dependants(['Base', 'User'])).toEqual([
      { name: 'User', version: '1.0.0', sha256: user.sha256, needs: { name: 'Base', version: '1.2' } },
    ]);
    const next = await storedPackage(catalog, { name: 'Base', version: '2.0' });
    const nextUser = await storedPackage(catalog, {
      name: 'User',
      version: '2',
      dependsOn: [{ name: 'Base', version: '2' }],
    });
    expect(await commit(catalog, upgrade(next, base))).toMatchObject({ code: 'conflict' });
    await committed(catalog, upgrade(next, base), upgrade(nextUser, user));
    expect(await commit(catalog, remove(next))).toMatchObject({ code: 'conflict' });
    await committed(catalog, remove(nextUser), remove(next));
  });

  it('hand entities to each other, both ways at once, and never bring one twice', async () => {
    const a1 = await installed(catalog, { name: 'A', entities: [thing('x')] });
    const b1 = await installed(catalog, { name: 'B', entities: [thing('y')] });
    const a2 = await storedPackage(catalog, { name: 'A', version: '2', entities: [thing('y')] });
    const b2 = await storedPackage(catalog, { name: 'B', version: '2', entities: [thing('x')] });
    expect(await commit(catalog, upgrade(a2, a1))).toMatchObject({ code: 'entity-owned' });
    await committed(catalog, upgrade(a2, a1), upgrade(b2, b1));
    expect(await catalog.entities.ownedBy(['B', 'A'])).toEqual([
      { ...thing('x'), extension: 'B' },
      { ...thing('y'), extension: 'A' },
    ]);
    const twins = await Promise.all(['C', 'D'].map((name) => storedPackage(catalog, { name, entities: [thing('z')] })));
    expect(await commit(catalog, ...twins.map(install))).toMatchObject({ ok: false, code: 'entity-owned' });
    expect((await catalog.wanted()).extensions.map(({ name }) => name)).toEqual(['A', 'B']);
  });
});

describe('a package that was there before', () => {
  it('is taken up again after a removal, without its zip being sent again', async () => {
    const one = await installed(catalog, { name: 'Alpha', entities: [{ type: 'Thing', name: 'T' }] });
    await committed(catalog, remove(one));
    const { blob, ...withoutBlob } = one;
    expect(blob).toBeDefined();
    await committed(catalog, install(withoutBlob));
    expect(await catalog.packages.find(one.sha256)).toMatchObject({ hasZip: true, name: 'Alpha' });
    expect(await catalog.entities.list()).toHaveLength(1);
  });

  it('is refused where its zip was purged, and comes back with a new blob', async () => {
    const bytes = Buffer.from('the very same bytes');
    const one = await installed(catalog, { name: 'Alpha', bytes });
    await committed(catalog, { action: 'remove', extension: 'Alpha', expected: one.sha256, purge: true });
    expect(await catalog.packages.find(one.sha256)).toMatchObject({ hasZip: false });
    expect(await catalog.blobs.read(one.sha256)).toBeUndefined();
    const { blob: _blob, ...withoutBlob } = one;
    expect(await commit(catalog, install(withoutBlob))).toMatchObject({
      code: 'conflict',
      detail: expect.stringMatching(/zip of Alpha/),
    });
    expect(await commit(catalog, install(one))).toMatchObject({ code: 'conflict' });
    await committed(catalog, install(await storedPackage(catalog, { name: 'Alpha', bytes })));
    expect(await catalog.packages.find(one.sha256)).toMatchObject({ hasZip: true });
  });
});

describe('the history', () => {
  it('is read by page, by import, and per extension', async () => {
    const v1 = await installed(catalog, { name: 'Alpha' });
    const v2 = await storedPackage(catalog, { name: 'Alpha', version: '2' });
    await committed(catalog, upgrade(v2, v1));
    await committed(catalog, { ...upgrade(v1, v2), action: 'downgrade' });
    const page = await catalog.revisions.after(1, 1);
    expect(page).toHaveLength(1);
    expect(page[0]).toMatchObject({
      revision: 2,
      changes: [{ action: 'upgrade', version: '2', previousVersion: '1.0.0' }],
    });
    const detail = await catalog.extensions.detail('Alpha');
    expect(detail?.history.map(({ revision, action }) => [revision, action])).toEqual([
      [3, 'downgrade'],
      [2, 'upgrade'],
      [1, 'install'],
    ]);
    expect(detail).toMatchObject({ vendor: 'Acme', version: '1.0.0', revision: 3, metadata: v1.metadata });
    expect(await catalog.extensions.list()).toMatchObject([{ name: 'Alpha', treeDigest: v1.treeDigest }]);
    expect(await catalog.extensions.detail('Beta')).toBeUndefined();
    expect(await catalog.packages.ofExtension('Alpha')).toHaveLength(2);
  });

  it('tells what proves a revision, and which later one superseded it', async () => {
    const base = await installed(catalog, { name: 'Base' });
    const middle = await installed(catalog, { name: 'Middle', dependsOn: [{ name: 'Base', version: '1' }] });
    const other = await installed(catalog, { name: 'Other' });
    const top = await storedPackage(catalog, { name: 'Top', dependsOn: [{ name: 'Middle', version: '1' }] });
    const { revision, chain } = await committed(catalog, install(top), remove(other));
    const base2 = await storedPackage(catalog, { name: 'Base', version: '1.5' });
    await installed(catalog, { name: 'Stranger' });
    const later = await committed(catalog, upgrade(base2, base));
    const targets = await catalog.revisions.targets(revision);
    expect(targets).toMatchObject({ revision, chain, removed: new Set(['Other']) });
    const target = ({ sha256, treeDigest }: typeof base) => ({ sha256, treeDigest });
    expect(Object.fromEntries(targets?.present ?? [])).toEqual({
      Top: target(top),
      Middle: target(middle),
      Base: target(base),
    });
    const names = [...(targets?.present.keys() ?? []), ...(targets?.removed ?? [])];
    expect(await catalog.revisions.firstChangeAfter(revision, names)).toEqual({
      revision: later.revision,
      extension: 'Base',
    });
    expect(await catalog.revisions.firstChangeAfter(later.revision, names)).toBeUndefined();
    expect(await catalog.revisions.targets(99)).toBeUndefined();
  });
});
