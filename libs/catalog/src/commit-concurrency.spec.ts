import { randomUUID } from 'node:crypto';
import { EMPTY_CHAIN, extensionChangedSchema, nextChain, rootDigest } from '@muster/contracts';
import type { DigestedExtension } from '@muster/contracts';
import { createDatabase, rawPool } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import { Client, Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { commit, committed, install, remove, SCALE, storedPackage, upgrade } from './spec/drafts.js';
import { emptyCatalog } from './spec/empty-catalog.js';
import { Catalog, migrate } from './index.js';
import type { Committed, CommitResult, NewPackage } from './index.js';

const WRITERS = 8;

vi.setConfig({ testTimeout: 60_000 * SCALE });

let database: TestDatabase;
let reader: Pool;
const catalogs: Catalog[] = [];

beforeAll(async () => {
  database = await createDatabase({ migrate });
  reader = rawPool(database.url);
});
beforeEach(() => emptyCatalog(reader));
afterEach(() => Promise.all(catalogs.splice(0).map((catalog) => catalog.close())));
afterAll(async () => {
  await reader.end();
  await database.drop();
});

function connect(options: { lockTimeoutMs?: number } = {}): Catalog {
  const catalog = Catalog.connect({ url: database.url, applicationName: 'writer', poolSize: 3, ...options });
  catalogs.push(catalog);
  return catalog;
}

/** Installs, upgrades and removes one extension of its own, and now and then tries what must be rolled back. */
async function write(writer: number, rounds: number): Promise<CommitResult[]> {
  const catalog = connect();
  const results: CommitResult[] = [];
  let current: NewPackage | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const next = await storedPackage(catalog, { name: `Writer-${writer}`, version: `1.${round}` });
    if (round % 4 === 3) {
      const stranger = await storedPackage(catalog, {
        name: `Stranger-${writer}-${round}`,
        entities: [{ type: 'Thing', name: 'wanted by all' }],
      });
      results.push(await commit(catalog, install(stranger)));
    }
    if (round % 5 === 4 && current) {
      results.push(await commit(catalog, remove(current)));
      current = undefined;
    }
    results.push(await commit(catalog, current ? upgrade(next, current) : install(next)));
    current = next;
  }
  return results;
}

it('numbers revisions without gaps in commit order under eight writers and rollbacks, with a whole outbox', async () => {
  const seen: number[] = [];
  const writing = { done: false };
  const following = (async () => {
    // A reader that keeps only its place, as a consumer of the log does: it must not miss a thing.
    while (!writing.done || seen.length < (await lastPosition())) {
      const { rows } = await reader.query('select position::int from event where position > $1 order by position', [
        seen.at(-1) ?? 0,
      ]);
      seen.push(...rows.map(({ position }) => position));
    }
  })();
  const rounds = 12 * SCALE;
  const results = (await Promise.all(Array.from({ length: WRITERS }, (_, n) => write(n, rounds)))).flat();
  writing.done = true;
  await following;
  const successes = results.filter((result): result is Committed => result.ok);
  const refusals = results.filter((result) => !result.ok);
  expect(refusals.length).toBeGreaterThan(WRITERS);
  expect(new Set(refusals.map(({ ok, ...refused }) => !ok && 'code' in refused && refused.code))).toEqual(
    new Set(['entity-owned']),
  );
  const numbers = successes.map(({ revision }) => revision).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: successes.length }, (_, n) => n + 1));
  expect(seen).toEqual(numbers);
  await checkHistory(connect());
});

async function lastPosition(): Promise<number> {
  return Number((await reader.query('select coalesce(max(position), 0) as last from event')).rows[0].last);
}

/** Walks the history again from nothing: every chain, every root digest, every event and the state at its end. */
async function checkHistory(catalog: Catalog): Promise<void> {
  const state = new Map<string, DigestedExtension>();
  let [chain, committedAt, events] = [EMPTY_CHAIN, '', 0];
  const history = await catalog.revisions.after(0, 100_000);
  for (const revision of history) {
    for (const change of revision.changes) {
      const found = await catalog.packages.find(change.sha256);
      if (change.action === 'remove') state.delete(change.extension);
      else
        state.set(change.extension, {
          name: change.extension,
          sha256: change.sha256,
          treeDigest: found?.treeDigest ?? '',
        });
    }
    expect(revision.rootDigest).toBe(rootDigest(state.values()));
    chain = nextChain(chain, revision.changes, revision.rootDigest);
    expect(revision.chain).toBe(chain);
    expect(revision.committedAt >= committedAt).toBe(true);
    committedAt = revision.committedAt;
    events += revision.changes.length;
  }
  const wanted = await catalog.wanted();
  expect(wanted).toMatchObject({ revision: history.length, chain, rootDigest: rootDigest(state.values()) });
  expect(wanted.extensions.map(({ name }) => name).sort()).toEqual([...state.keys()].sort());
  const { rows } = await reader.query('select position::int, payload from event order by position');
  expect(rows.map(({ position }) => position)).toEqual(Array.from({ length: events }, (_, n) => n + 1));
  const told = rows.map(({ payload }) => extensionChangedSchema.parse(payload));
  expect(told.map(({ revision, chain: of }) => [revision, of])).toEqual(
    history.flatMap(({ revision, chain: of, changes }) => changes.map(() => [revision, of])),
  );
}

it('lets exactly one of several commits through that want the same name, the same entity, or the same base', async () => {
  const [left, right] = [connect(), connect()];
  const thing = (round: number) => [{ type: 'Thing', name: `T${round}` }];
  for (let round = 0; round < 6 * SCALE; round += 1) {
    const twins = await Promise.all([left, right].map((catalog) => storedPackage(catalog, { name: `Same-${round}` })));
    const sameName = await Promise.all(twins.map((one, n) => commit(n ? left : right, install(one))));
    expect(sameName.map((result) => (result.ok ? 'ok' : result.code)).sort()).toEqual(['conflict', 'ok']);
    const owners = await Promise.all(
      [left, right].map((catalog, n) =>
        storedPackage(catalog, { name: `Owner-${round}-${n}`, entities: thing(round) }),
      ),
    );
    const sameEntity = await Promise.all(owners.map((one, n) => commit(n ? left : right, install(one))));
    expect(sameEntity.map((result) => (result.ok ? 'ok' : result.code)).sort()).toEqual(['entity-owned', 'ok']);
    const cases = await Promise.all(
      [left, right].map((c, n) => storedPackage(c, { name: n ? `case${round}` : `CASE${round}` })),
    );
    const sameKey = await Promise.all(cases.map((one, n) => commit(n ? left : right, install(one))));
    expect(sameKey.map((result) => (result.ok ? 'ok' : result.code)).sort()).toEqual(['name-collision', 'ok']);
  }
});

it('lets the same bytes through once, whichever origin they come by, and never stands still', async () => {
  const [left, right] = [connect(), connect()];
  let [current, other] = [
    await storedPackage(left, { name: 'Swing' }),
    await storedPackage(right, { name: 'Swing', version: '2' }),
  ];
  await committed(left, install(current));
  for (let round = 0; round < 15 * SCALE; round += 1) {
    const { blob, ...again } = other;
    expect(blob).toBeDefined();
    const drafts = round === 0 ? [other, other] : [again, again];
    const results = await Promise.all(drafts.map((one, n) => commit(n ? left : right, upgrade(one, current))));
    expect(results.map((result) => (result.ok ? 'ok' : result.code)).sort()).toEqual(['conflict', 'ok']);
    [current, other] = [other, current];
  }
  await checkHistory(left);
});

it('says who holds the catalog when the lock is not to be had in time, and changes nothing', async () => {
  const catalog = connect({ lockTimeoutMs: 600 });
  const one = await storedPackage(catalog, { name: 'Alpha' });
  const holder = new Client({ connectionString: database.url, application_name: 'a long import' });
  await holder.connect();
  await holder.query('begin');
  await holder.query(`select pg_advisory_xact_lock(${0x4d7573746572})`);
  const startedAt = performance.now();
  expect(await commit(catalog, install(one))).toMatchObject({
    code: 'lock-timeout',
    detail: expect.stringContaining('a long import'),
  });
  expect(performance.now() - startedAt).toBeGreaterThan(590);
  await holder.end();
  expect((await catalog.head()).revision).toBe(0);
  await catalog.revisions.commit({ importId: randomUUID(), actor: 'a', changes: [install(one)] });
});
