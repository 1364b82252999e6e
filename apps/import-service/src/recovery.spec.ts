import { migrate } from '@muster/catalog';
import {
  orderListSchema,
  orderViewSchema,
  replayListSchema,
  replayPreviewSchema,
  replayStartedSchema,
  replayViewSchema,
  type ExtensionChanged,
  type OrderList,
  type OrderView,
  type Problem,
  type ReplayList,
  type ReplayPreview,
  type ReplayStarted,
  type ReplayView,
} from '@muster/contracts';
import { buildPackage, createDatabase, waitFor, type TestDatabase } from '@muster/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RunningService, type Answer } from './spec/running-service.js';
import { StandInAgent } from './spec/stand-in-agent.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';

let database: TestDatabase;
let service: RunningService;
let owner: Client;

/** Five revisions: A, B, C come; A goes; B goes on. */
beforeAll(async () => {
  database = await createDatabase({ migrate });
  owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  service = await RunningService.start({ database, node: 'origin', env: { MUSTER_PREVIEW_TIMEOUT: '2s' } });
  for (const name of ['A', 'B', 'C']) expect((await service.import(buildPackage({ name }))).status).toBe(201);
  expect((await service.remove('A')).status).toBe(200);
  expect((await service.import(buildPackage({ name: 'B', version: '1.1' }))).status).toBe(201);
});
beforeEach(async () => {
  await owner.query('truncate replay, node_order, node cascade');
});
afterAll(async () => {
  await service.close();
  await owner.end();
  await database.drop();
});

function post<T>(address: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer<T & Problem>> {
  return service.request(address, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

async function preview(body: Record<string, unknown>): Promise<ReplayPreview> {
  const answer = await post<ReplayPreview>('/replays', { ...body, preview: true });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return replayPreviewSchema.strict().parse(answer.body);
}

async function replay(body: Record<string, unknown>): Promise<ReplayStarted> {
  const answer = await post<ReplayStarted>('/replays', body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  expect(answer.headers.get('location')).toBe(`/replays/${answer.body.id}`);
  return replayStartedSchema.strict().parse(answer.body);
}

async function view(id: string): Promise<ReplayView> {
  return replayViewSchema.strict().parse((await service.request<ReplayView>(`/replays/${id}`)).body);
}

function ended(id: string): Promise<ReplayView> {
  return waitFor(
    async () => {
      const now = await view(id);
      return now.ended ? now : undefined;
    },
    { what: `the end of the replay ${id}`, deadlineMs: 60_000 },
  );
}

async function audit(action: string): Promise<{ outcome: string; subject: string | null }[]> {
  const { rows } = await owner.query('select outcome, subject from audit where action = $1 order by id', [action]);
  return rows;
}

describe('a preview', () => {
  test('says what each node would do, by what it holds, and changes nothing', async () => {
    const empty = await StandInAgent.start(database, 'node-1');
    const stale = await StandInAgent.start(database, 'node-2');
    await stale.holdWhatIsWanted();
    stale.disk.set('A', 'what was removed');
    const plan = await preview({ from: 1 });
    const sizes = await owner.query(
      `select sum(p.size_bytes)::int as bytes from extension e join package p using (sha256)`,
    );
    expect(plan).toMatchObject({ from: 1, to: 5, unplanned: [] });
    expect(plan.nodes).toMatchObject([
      { node: 'node-1', revision: 5, install: ['B', 'C'], remove: [], skip: 1, bytes: sizes.rows[0].bytes },
      { node: 'node-2', revision: 5, install: [], remove: ['A'], skip: 2, bytes: 0 },
    ]);
    expect(await preview({ from: 1 })).toEqual(plan);
    expect(empty.disk.size).toBe(0);
    const { rows } = await owner.query('select count(*)::int as count from replay');
    expect(rows).toEqual([{ count: 0 }]);
    expect((await audit('replay-preview')).at(-1)).toEqual({ outcome: 'ok', subject: null });
  });

  test('names who is away, silent or forked, and waits for none longer than it must', async () => {
    await StandInAgent.start(database, 'node-1');
    const away = await StandInAgent.start(database, 'node-2');
    await away.goAway();
    const forked = await StandInAgent.start(database, 'node-3');
    forked.forked = true;
    const quick = await preview({ from: 1 });
    expect(quick.nodes.map(({ node }) => node)).toEqual(['node-1']);
    expect(quick.unplanned.map(({ node, code }) => [node, code])).toEqual([
      ['node-2', 'node-absent'],
      ['node-3', 'forked'],
    ]);
    const silent = await StandInAgent.start(database, 'node-4');
    silent.silent = true;
    const slow = await preview({ from: 1 });
    expect(slow.unplanned.map(({ node, code }) => [node, code])).toContainEqual(['node-4', 'no-answer']);
    expect(slow.planDigest).not.toBe(quick.planDigest);
    const waiting = preview({ from: 1 });
    await waitFor(
      async () =>
        (await owner.query(`select from node_order where node = 'node-4' and done_at is null`)).rowCount === 2,
      { what: 'the order to the silent node', deadlineMs: 60_000 },
    );
    await silent.goAway();
    expect((await waiting).unplanned.map(({ node, code }) => [node, code])).toContainEqual(['node-4', 'node-absent']);
  });

  test('is of the named nodes and extensions only', async () => {
    for (const node of ['node-1', 'node-2']) await StandInAgent.start(database, node);
    const plan = await preview({ from: 1, to: 3, nodes: ['node-2', 'node-2'], extensions: ['C'] });
    expect(plan).toMatchObject({ from: 1, to: 3, nodes: [{ node: 'node-2', install: ['C'], skip: 0 }] });
  });
});

describe('a replay', () => {
  test('does what its preview said; a second one is a no-op', async () => {
    const agent = await StandInAgent.start(database, 'node-1');
    const plan = await preview({ from: 1 });
    const started = await replay({ from: 1, planDigest: plan.planDigest });
    expect(started).toMatchObject({ ...plan, events: 5 });
    const done = await ended(started.id);
    expect(done).toMatchObject({ from: 1, to: 5, events: 5, planDigest: plan.planDigest, actor: 'local' });
    const { install, remove, skip, bytes } = plan.nodes[0] ?? {};
    expect(done.nodes).toMatchObject([
      { node: 'node-1', state: 'done', installed: install, removed: remove, skipped: skip, bytes },
    ]);
    await waitFor(() => marked(agent, started.id).length === 5, { what: 'five marked events', deadlineMs: 60_000 });
    expect(marked(agent, started.id).map(({ revision, extension }) => [revision, extension])).toEqual([
      [1, 'A'],
      [2, 'B'],
      [3, 'C'],
      [4, 'A'],
      [5, 'B'],
    ]);
    const again = await ended((await replay({ from: 1 })).id);
    expect(again.nodes).toMatchObject([
      { state: 'done', installed: [], removed: [], deployed: [], skipped: 3, bytes: 0 },
    ]);
    const list = await service.request<ReplayList>('/replays?limit=1');
    expect(replayListSchema.parse(list.body).replays).toMatchObject([{ id: again.id, waiting: 0, ended: true }]);
    expect((await audit('replay')).at(-1)).toEqual({ outcome: 'ok', subject: again.id });
  });

  test('runs hooks again where it was asked to', async () => {
    const agent = await StandInAgent.start(database, 'node-1');
    await agent.holdWhatIsWanted();
    const done = await ended((await replay({ from: 5, redeploy: true })).id);
    expect(done).toMatchObject({ redeploy: true, nodes: [{ state: 'done', deployed: ['B'], skipped: 0 }] });
    expect(agent.deployed).toEqual(['B']);
  });

  test('of another plan than was agreed to is refused with the new plan, and nothing is done', async () => {
    const agent = await StandInAgent.start(database, 'node-1');
    const { planDigest } = await preview({ from: 1 });
    await agent.holdWhatIsWanted();
    const answer = await post<{ plan: ReplayPreview }>('/replays', { from: 1, planDigest });
    expect([answer.status, answer.body.code]).toEqual([409, 'plan-changed']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ title: 'Conflict', instance: '/replays', remedy: expect.any(String) });
    const plan = replayPreviewSchema.strict().parse(answer.body.plan);
    expect(plan.nodes).toMatchObject([{ install: [], skip: 3 }]);
    expect((await owner.query('select from replay')).rowCount).toBe(0);
    expect((await owner.query(`select from node_order where kind = 'replay'`)).rowCount).toBe(0);
    expect((await audit('replay')).at(-1)).toEqual({ outcome: 'plan-changed', subject: null });
    await ended((await replay({ from: 1, planDigest: plan.planDigest })).id);
  });

  test('that was agreed to is left by a node whose disk changed in between', async () => {
    const agent = await StandInAgent.start(database, 'node-1');
    const { planDigest } = await preview({ from: 1 });
    agent.before = (kind) => (kind === 'replay' ? agent.holdWhatIsWanted() : undefined);
    const { id } = await replay({ from: 1, planDigest });
    expect((await ended(id)).nodes).toMatchObject([{ state: 'plan-changed' }]);
    expect(agent.deployed).toEqual([]);
  });

  test('waits for an absent node, which carries its part out when it comes back', async () => {
    await StandInAgent.start(database, 'node-1');
    const away = await StandInAgent.start(database, 'node-2');
    await away.goAway();
    const started = await replay({ from: 2, to: 3, nodes: ['node-1', 'node-2'] });
    expect(started.unplanned).toMatchObject([{ node: 'node-2', code: 'node-absent' }]);
    const before = await waitFor(
      async () => {
        const now = await view(started.id);
        return now.nodes[0]?.state === 'done' && now.events === 2 ? now : undefined;
      },
      { what: 'the end of what can be done', deadlineMs: 60_000 },
    );
    expect(before).toMatchObject({ ended: false, nodes: [{}, { state: 'waiting' }] });
    away.silent = false;
    await away.comeBack();
    expect((await ended(started.id)).nodes).toMatchObject([
      { state: 'done' },
      { state: 'done', installed: ['B', 'C'] },
    ]);
    await waitFor(() => marked(away, started.id).length === 2, { what: 'two marked events', deadlineMs: 60_000 });
    expect(marked(away, started.id).map(({ nodes }) => nodes)).toEqual([
      ['node-1', 'node-2'],
      ['node-1', 'node-2'],
    ]);
  });

  test('works on a log that lost everything, and by time', async () => {
    await owner.query('delete from event');
    const agent = await StandInAgent.start(database, 'node-1');
    const { rows } = await owner.query(
      'select committed_at as at from revision where number in (2, 4) order by number',
    );
    const [from, to] = rows.map(({ at }) => (at as Date).toISOString());
    const started = await replay({ from, to, extensions: ['A', 'C'] });
    expect(started).toMatchObject({ from: 2, to: 4, events: 2 });
    expect((await ended(started.id)).extensions).toEqual(['A', 'C']);
    await waitFor(() => marked(agent, started.id).length === 2, { what: 'two marked events', deadlineMs: 60_000 });
    expect(marked(agent, started.id).map(({ extension }) => extension)).toEqual(['C', 'A']);
  });

  test('without a node only publishes; what a killed service left is gone on with', async () => {
    expect(await ended((await replay({ from: 1 })).id)).toMatchObject({ nodes: [], events: 5 });
    await owner.query(
      `insert into replay (from_revision, to_revision, actor, events_total, events, last_revision, expires_at)
       values (1, 5, 'killed', 5, 2, 2, now() + interval '1 h')`,
    );
    const other = await RunningService.start({ database, node: 'other' });
    const list = await waitFor(
      async () => {
        const { body } = await other.request<ReplayList>('/replays');
        return body.replays.every((one) => one.ended) ? body : undefined;
      },
      { what: 'the end of what was left', deadlineMs: 60_000 },
    );
    expect(list.replays[0]).toMatchObject({ actor: 'killed', events: 5 });
  });

  test('that cannot be is refused by name, with what to do', async () => {
    await StandInAgent.start(database, 'node-1');
    await (await StandInAgent.start(database, 'node-2')).goAway({ retire: true });
    const refusals: [number, string, string, Record<string, unknown>][] = [
      [404, 'revision-unknown', '6', { from: 6 }],
      [404, 'revision-unknown', '99', { from: 1, to: 99 }],
      [409, 'replay-range-empty', 'revision 3', { from: 3, to: 2 }],
      [409, 'replay-range-empty', '2100', { from: '2100-01-01T00:00:00Z' }],
      [404, 'extension-unknown', '"A", "Nope"', { from: 2, to: 3, extensions: ['B', 'A', 'Nope'] }],
      [404, 'node-unknown', '"node-9"', { from: 1, nodes: ['node-1', 'node-9'] }],
      [409, 'node-retired', '"node-2"', { from: 1, nodes: ['node-1', 'node-2'] }],
      [400, 'invalid-request', 'from', { from: 'yesterday' }],
      [400, 'invalid-request', 'nodes', { from: 1, nodes: [] }],
      [400, 'invalid-request', 'all', { from: 1, all: true }],
    ];
    for (const [status, code, text, body] of refusals) {
      const answer = await post('/replays', body);
      expect([answer.status, answer.body.code], JSON.stringify(body)).toEqual([status, code]);
      expect(answer.body.detail).toContain(text);
      if (status !== 400) expect(answer.body.remedy).toBeTruthy();
    }
    const foreign = await post('/replays', { from: 1 }, { origin: 'https://evil.example' });
    expect([foreign.status, foreign.body.code]).toEqual([403, 'foreign-origin']);
    for (const id of [NOBODY, 'nothing', '%00']) {
      const answer = await service.request<Problem>(`/replays/${id}`);
      expect([answer.status, answer.body.code]).toEqual([404, 'replay-unknown']);
    }
    expect((await owner.query('select from node_order')).rowCount).toBe(0);
  });
});

function marked(agent: StandInAgent, id: string): ExtensionChanged[] {
  return agent.heard.flatMap((event) => (event.type === 'ExtensionChanged' && event.replayId === id ? [event] : []));
}

describe('an order', () => {
  test('reaches its node through the log and tells what came of it', async () => {
    const agent = await StandInAgent.start(database, 'node-1');
    agent.forked = true;
    for (const body of [{ kind: 'verify' }, { kind: 'resync', extensions: ['A', 'B'] }, { kind: 'accept-catalog' }]) {
      const given = await post<OrderView>('/nodes/node-1/orders', body);
      expect(given.status, JSON.stringify(given.body)).toBe(202);
      expect(orderViewSchema.strict().parse(given.body)).toMatchObject({ ...body, node: 'node-1', actor: 'local' });
      const address = given.headers.get('location') ?? '';
      expect(address).toBe(`/nodes/node-1/orders/${given.body.id}`);
      const done = await waitFor(
        async () => {
          const { body: now } = await service.request<OrderView>(address);
          return now.state === 'done' ? now : undefined;
        },
        { what: 'the order carried out', deadlineMs: 60_000 },
      );
      expect(done).toMatchObject({ result: { outcome: 'done' }, doneAt: expect.any(String) });
    }
    expect(agent.forked).toBe(false);
    const list = await service.request<OrderList>('/nodes/node-1/orders');
    expect(
      orderListSchema
        .strict()
        .parse(list.body)
        .orders.map(({ kind }) => kind),
    ).toEqual(['accept-catalog', 'resync', 'verify']);
    expect((await audit('order')).at(-1)).toEqual({ outcome: 'ok', subject: 'node-1' });
    expect((await service.request<string>('/metrics')).body).toMatch(
      /muster_recoveries_total\{[^}]*action="order"[^}]*outcome="ok"[^}]*\} 3/,
    );
  });

  test('stands open for an absent node until it expires; that to accept a catalog not for long', async () => {
    await (await StandInAgent.start(database, 'node-1')).goAway();
    const lifeMs = async (kind: string) => {
      const { body } = await post<OrderView>('/nodes/node-1/orders', { kind });
      expect(body.state).toBe('open');
      return Date.parse(body.expiresAt) - Date.parse(body.createdAt);
    };
    expect(Math.round((await lifeMs('verify')) / 60_000)).toBe(24 * 60);
    expect(Math.round((await lifeMs('accept-catalog')) / 60_000)).toBe(60);
    await owner.query('update node_order set expires_at = now()');
    const { body } = await service.request<OrderList>('/nodes/node-1/orders');
    expect(body.orders.map(({ state }) => state)).toEqual(['expired', 'expired']);
  });

  test('that cannot be is refused by name, with what to do', async () => {
    await StandInAgent.start(database, 'node-1');
    await (await StandInAgent.start(database, 'node-2')).goAway({ retire: true });
    const refusals: [number, string, string, Record<string, unknown>][] = [
      [404, 'node-unknown', 'node-9', { kind: 'verify' }],
      [409, 'node-retired', 'node-2', { kind: 'verify' }],
      [404, 'extension-unknown', 'node-1', { kind: 'verify', extensions: ['A', 'Nope'] }],
      [400, 'extensions-not-allowed', 'node-1', { kind: 'accept-catalog', extensions: ['B'] }],
      [400, 'invalid-request', 'node-1', { kind: 'replay' }],
      [400, 'invalid-request', '-bad', { kind: 'verify' }],
    ];
    for (const [status, code, node, body] of refusals) {
      const answer = await post(`/nodes/${node}/orders`, body);
      expect([answer.status, answer.body.code], JSON.stringify(body)).toEqual([status, code]);
    }
    for (const [address, code] of [
      ['/nodes/node-9/orders', 'node-unknown'],
      [`/nodes/node-1/orders/${NOBODY}`, 'order-unknown'],
      ['/nodes/node-1/orders/nothing', 'order-unknown'],
    ] as const) {
      const answer = await service.request<Problem>(address);
      expect([answer.status, answer.body.code]).toEqual([404, code]);
    }
    expect((await owner.query('select from node_order')).rowCount).toBe(0);
  });
});

test('a client that goes away, and a service that stops, end the wait for plans', async () => {
  const agent = await StandInAgent.start(database, 'node-1');
  agent.silent = true;
  const stopping = await RunningService.start({ database, node: 'other' });
  const asked = (count: number) =>
    waitFor(async () => (await owner.query('select from node_order')).rowCount === count, {
      what: `${count} orders`,
      deadlineMs: 60_000,
    });
  const body = { method: 'POST', body: '{"from": 1}', headers: { 'content-type': 'application/json' } };
  const aborter = new AbortController();
  const gone = fetch(`${stopping.url}/replays`, { ...body, signal: aborter.signal }).catch(
    (error: Error) => error.name,
  );
  await asked(1);
  aborter.abort();
  expect(await gone).toBe('AbortError');
  await waitFor(async () => (await audit('replay')).at(-1)?.outcome === 'client-gone', {
    what: 'the end of the wait',
    deadlineMs: 60_000,
  });
  const stopped = stopping.request<Problem>('/replays', body);
  await asked(2);
  await stopping.close();
  const answer = await stopped;
  expect([answer.status, answer.body.code]).toEqual([503, 'stopping']);
});
