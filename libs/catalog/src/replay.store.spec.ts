import { randomUUID } from 'node:crypto';
import { logMessageSchema } from '@muster/contracts';
import type { ExtensionChanged, LogMessage } from '@muster/contracts';
import { createDatabase, rawPool } from '@muster/testing';
import type { TestDatabase } from '@muster/testing';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCALE, committed, install, remove, storedPackage, upgrade } from './spec/drafts.js';
import { emptyCatalog } from './spec/empty-catalog.js';
import { Catalog, migrate } from './index.js';
import type { DraftChange, NewPackage, ReplayDraft } from './index.js';

const LONG_MS = 60_000;

let database: TestDatabase;
let owner: Pool;
let catalog: Catalog;
let other: Catalog;

beforeAll(async () => {
  database = await createDatabase({ migrate });
  owner = rawPool(database.ownerUrl);
  const url = database.urlAs('muster_importer');
  [catalog, other] = [0, 1].map(() => Catalog.connect({ url, applicationName: 'spec' })) as [Catalog, Catalog];
});
beforeEach(async () => {
  await emptyCatalog(owner);
  await owner.query('truncate replay, node_order, node, event cascade');
});
afterAll(async () => {
  await Promise.all([catalog.close(), other.close(), owner.end()]);
  await database.drop();
});

interface OutboxRow {
  position: number;
  revision: number | null;
  payload: LogMessage;
  published: boolean;
}

async function outbox(): Promise<OutboxRow[]> {
  const { rows } = await owner.query<OutboxRow>(
    `select position::int, revision::int, payload, published_at is not null as published from event order by position`,
  );
  return rows;
}

async function changes(): Promise<ExtensionChanged[]> {
  return (await outbox()).flatMap(({ payload }) => (payload.type === 'ExtensionChanged' ? [payload] : []));
}

async function enrol(node: string, leaseMs = LONG_MS): Promise<void> {
  await owner.query(
    `insert into node (id, storage_id, instance, lease_until)
     values ($1, $1, 'i', clock_timestamp() + $2 * interval '1 ms')`,
    [node, leaseMs],
  );
}

function draft(wish: Partial<ReplayDraft> & Pick<ReplayDraft, 'from' | 'to'>): ReplayDraft {
  return { redeploy: false, actor: 'ann', expiresAfterMs: LONG_MS, orders: [], ...wish };
}

async function publishAll(id: string): Promise<number> {
  let total = 0;
  for (let count = await catalog.replays.publish(id); count > 0; count = await catalog.replays.publish(id)) {
    total += count;
  }
  return total;
}

/** Each inner list is one revision over a few names: it installs, upgrades or removes, as the state has it. */
async function commitHistory(history: readonly (readonly number[])[]): Promise<void> {
  const current = new Map<string, NewPackage>();
  for (const [round, touched] of history.entries()) {
    const drafts: DraftChange[] = [];
    for (const number of new Set(touched)) {
      const name = `Extension-${number % 5}`;
      if (
        drafts.some((change) => (change.action === 'remove' ? change.extension : change.package.metadata.name) === name)
      )
        continue;
      const there = current.get(name);
      if (there !== undefined && number >= 10) {
        drafts.push(remove(there));
        current.delete(name);
        continue;
      }
      const next = await storedPackage(catalog, { name, version: `1.0.${round}` });
      drafts.push(there === undefined ? install(next) : upgrade(next, there));
      current.set(name, next);
    }
    const traceparent = round % 2 === 0 ? {} : { traceparent: `trace-${round}` };
    const result = await catalog.revisions.commit({
      importId: randomUUID(),
      actor: `a-${round}`,
      ...traceparent,
      changes: drafts,
    });
    if (!result.ok) throw new Error(result.detail);
  }
}

describe('the events of a replay', () => {
  it(
    'are exactly those of the range, in order and marked, whatever the history and the filters',
    async () => {
      const touched = fc.array(fc.nat(14), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(
          fc.array(touched, { minLength: 1, maxLength: 8 }),
          fc.tuple(fc.nat(7), fc.nat(7)),
          fc.option(
            fc.subarray(
              [0, 1, 2, 3, 4].map((n) => `Extension-${n}`),
              { minLength: 1 },
            ),
            { nil: undefined },
          ),
          fc.option(fc.constant(['node-1']), { nil: undefined }),
          fc.boolean(),
          async (history, borders, extensions, nodes, forgotten) => {
            await emptyCatalog(owner);
            await commitHistory(history);
            const originals = await changes();
            const [from, to] = borders.map((border) => 1 + (border % history.length)).sort() as [number, number];
            if (forgotten) await owner.query('delete from event');
            const before = await outbox();
            const filters = { ...(extensions && { extensions }), ...(nodes && { nodes }) };
            const { id, events } = await catalog.replays.create(draft({ from, to, ...filters }));
            await publishAll(id);
            const expected = originals
              .filter(({ revision }) => revision >= from && revision <= to)
              .filter(({ extension }) => extensions === undefined || extensions.includes(extension))
              .map((event) => ({ ...event, replayId: id, ...(nodes && { nodes }) }));
            const after = (await outbox()).slice(before.length);
            expect(after.map(({ payload }) => payload)).toEqual(expected);
            expect(after.map(({ revision }) => revision)).toEqual(expected.map(({ revision }) => revision));
            expect(after.map(({ position }) => position)).toEqual(expected.map((_, n) => before.length + n + 1));
            expect(after.every(({ payload }) => logMessageSchema.safeParse(payload).success)).toBe(true);
            expect(events).toBe(expected.length);
            expect(await catalog.replays.find(id)).toMatchObject({ from, to, events, ended: true, nodes: [] });
          },
        ),
        { numRuns: 10 * SCALE },
      );
    },
    60_000 * SCALE,
  );

  it('come in batches of at most a thousand, and two publishers bring each out once', async () => {
    const first = await storedPackage(catalog, { name: 'Many-0' });
    await committed(catalog, install(first));
    await owner.query(
      `insert into revision_change (revision, position, action, extension, version, sha256)
       select 1, n, 'install', 'Many-' || n, '1.0.0', $1 from generate_series(1, 2500) n`,
      [first.sha256],
    );
    const { id, events } = await catalog.replays.create(draft({ from: 1, to: 1 }));
    expect(events).toBe(2501);
    expect(await catalog.replays.unfinished()).toEqual([id]);
    expect(await catalog.replays.publish(id)).toBe(1000);
    expect(await catalog.replays.find(id)).toMatchObject({ events: 1000, ended: false });
    const rest = await Promise.all([catalog, other, catalog].map(({ replays }) => replays.publish(id)));
    expect(rest.sort()).toEqual([0, 1000, 501].sort());
    const positions = (await changes()).filter(({ replayId }) => replayId === id).map(({ position }) => position);
    expect(positions).toEqual(Array.from({ length: 2501 }, (_, n) => n));
    expect(await catalog.replays.unfinished()).toEqual([]);
  });

  it('keep their order and leave no gaps while others commit', async () => {
    await commitHistory([[0, 1], [2], [3], [0], [1]]);
    const { id } = await catalog.replays.create(draft({ from: 1, to: 5 }));
    const rivals = [0, 1, 2, 3].map(async (n) => {
      await committed(other, install(await storedPackage(other, { name: `Rival-${n}` })));
    });
    await Promise.all([
      ...rivals,
      publishAll(id),
      catalog.orders.insert({ node: 'n', kind: 'verify', actor: 'a', expiresAfterMs: 1 }),
    ]);
    const rows = await outbox();
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, n) => n + 1));
    const own = rows.flatMap(({ payload }) =>
      payload.type === 'ExtensionChanged' && !payload.replayId ? [payload.revision] : [],
    );
    expect(own).toEqual([...own].sort((a, b) => a - b));
    const again = rows.flatMap(({ payload }) =>
      payload.type === 'ExtensionChanged' && payload.replayId ? [payload.revision] : [],
    );
    expect(again).toEqual([1, 1, 2, 3, 4, 5]);
  });

  it('count as published only where consumers read the outbox itself', async () => {
    await commitHistory([[0]]);
    const marks = async (published: boolean) => {
      const before = (await outbox()).length;
      const { id } = await catalog.replays.create(draft({ from: 1, to: 1, orders: part('node-1') }), { published });
      await catalog.replays.publish(id, { published });
      return (await outbox()).slice(before).map((row) => row.published);
    };
    await owner.query('update event set published_at = now()');
    expect(await marks(true)).toEqual([true, true]);
    expect(await catalog.outbox.unpublished()).toEqual({ events: 0 });
    expect(await marks(false)).toEqual([false, false]);
    expect(await catalog.outbox.unpublished()).toEqual({ events: 2, oldestMs: expect.any(Number) });
  });
});

function part(...nodes: string[]) {
  return nodes.map((node) => ({ node, detail: { extensions: ['Extension-0'], redeploy: false } }));
}

describe('a range', () => {
  it('is of revisions or of times, and refused where there is nothing in it', async () => {
    expect(await catalog.replays.range(0)).toMatchObject({ code: 'replay-range-empty' });
    expect(await catalog.replays.range(1)).toMatchObject({ code: 'revision-unknown', limit: 0, actual: 1 });
    await commitHistory([[0], [1], [2], [3]]);
    await owner.query(
      `update revision set committed_at = '2026-01-01T00:00:00Z'::timestamptz + number * interval '1 hour'`,
    );
    const range: typeof catalog.replays.range = (from, to) => catalog.replays.range(from, to);
    expect(await range(0)).toEqual({ ok: true, from: 1, to: 4 });
    expect(await range(2, 3)).toEqual({ ok: true, from: 2, to: 3 });
    expect(await range('2026-01-01T02:00:00Z')).toEqual({ ok: true, from: 2, to: 4 });
    expect(await range('2026-01-01T02:00:00.001Z', '2026-01-01T03:59:59Z')).toEqual({ ok: true, from: 3, to: 3 });
    expect(await range('2026-01-01T03:30:00+01:00', 4)).toEqual({ ok: true, from: 3, to: 4 });
    expect(await range(1, '2026-01-01T02:00:00Z')).toEqual({ ok: true, from: 1, to: 2 });
    for (const [from, to] of [
      ['2027-01-01T00:00:00Z', undefined],
      [1, '2025-01-01T00:00:00Z'],
      [3, 2],
      [1, 0],
      ['2026-01-01T02:10:00Z', '2026-01-01T02:50:00Z'],
    ] as const) {
      expect(await range(from, to)).toMatchObject({ ok: false, code: 'replay-range-empty' });
    }
    for (const [from, to] of [
      [5, undefined],
      [1, 9],
    ] as const) {
      expect(await range(from, to)).toMatchObject({ ok: false, code: 'revision-unknown', limit: 4 });
    }
  });

  it('names every extension that it changed, also those that are gone', async () => {
    await commitHistory([[0], [1], [10], [2]]);
    expect((await catalog.extensions.list()).map(({ name }) => name)).not.toContain('Extension-0');
    expect(await catalog.replays.extensionsOf({ from: 1, to: 3 })).toEqual(['Extension-0', 'Extension-1']);
    expect(await catalog.replays.extensionsOf({ from: 4, to: 4 })).toEqual(['Extension-2']);
  });
});

describe('the progress of a replay', () => {
  it('is told by node, to its end', async () => {
    await commitHistory([[0]]);
    for (const [node, leaseMs] of [
      ['node-1', LONG_MS],
      ['node-2', 0],
      ['node-3', LONG_MS],
      ['node-4', 0],
    ] as const)
      await enrol(node, leaseMs);
    const orders = part('node-1', 'node-2', 'node-3', 'node-4');
    const planDigest = 'a'.repeat(64);
    const { id } = await catalog.replays.create(draft({ from: 1, to: 1, orders, planDigest, redeploy: true }));
    const [order] = (await catalog.nodes.instructions('node-1')).orders;
    expect(order).toMatchObject({
      kind: 'replay',
      actor: 'ann',
      detail: { replayId: id, extensions: ['Extension-0'], redeploy: false },
    });
    await publishAll(id);
    const view = async () => catalog.replays.find(id);
    const states = async () => (await view())?.nodes.map(({ state }) => state);
    expect(await states()).toEqual(['waiting', 'waiting', 'waiting', 'waiting']);
    expect((await view())?.nodes[1]?.reason).toContain('node-absent');
    expect((await view())?.nodes[0]?.reason).toBeUndefined();
    const result = {
      state: 'done',
      installed: ['Extension-0'],
      removed: [],
      deployed: [],
      skipped: 0,
      bytes: 7,
      revision: 1,
    };
    await catalog.orders.done(order?.id ?? '', result);
    const [broken] = (await catalog.nodes.instructions('node-3')).orders;
    await catalog.orders.done(broken?.id ?? '', { strange: true });
    await owner.query(`update node set retired_at = now() where id = 'node-4'`);
    expect(await view()).toMatchObject({ ended: false, planDigest, redeploy: true, actor: 'ann', events: 1 });
    expect((await view())?.nodes[0]).toEqual({ node: 'node-1', ...result, doneAt: expect.any(String) });
    expect(await states()).toEqual(['done', 'waiting', 'parked', 'expired']);
    expect(await catalog.replays.latest(5)).toMatchObject([{ id, waiting: 1, ended: false }]);
    await owner.query(`update node_order set expires_at = now() where node = 'node-2'`);
    expect(await states()).toEqual(['done', 'expired', 'parked', 'expired']);
    expect(await view()).toMatchObject({ ended: true });
    expect(await catalog.replays.latest(5)).toMatchObject([{ id, waiting: 0, ended: true }]);
    expect(await catalog.replays.find(randomUUID())).toBeUndefined();
    expect(await catalog.replays.find('no id at all')).toBeUndefined();
  });

  it('comes with its orders and what wakes the nodes, or not at all', async () => {
    await commitHistory([[0]]);
    const before = await outbox();
    const bad = draft({ from: 1, to: 1, planDigest: 'no digest', orders: part('node-1') });
    await expect(catalog.replays.create(bad)).rejects.toThrow();
    await owner.query('alter table event add constraint closed check (revision is not null) not valid');
    await expect(catalog.replays.create(draft({ from: 1, to: 1, orders: part('node-1') }))).rejects.toThrow(/closed/);
    await owner.query('alter table event drop constraint closed');
    expect(await catalog.replays.latest(9)).toEqual([]);
    expect((await catalog.nodes.instructions('node-1')).orders).toEqual([]);
    expect(await outbox()).toEqual(before);
    await catalog.replays.create(draft({ from: 1, to: 1, orders: part('node-1', 'node-2') }));
    const { catalogId } = await catalog.head();
    const woken = { type: 'OrdersGiven', schemaVersion: 1, catalogId, nodes: ['node-1', 'node-2'] };
    expect((await outbox()).slice(before.length)).toMatchObject([{ revision: null, payload: woken }]);
  });
});
