import { historySchema, revisionPassageSchema, timelineSchema, type History, type Timeline } from '@muster/contracts';
import type { NewNodeAction } from '@muster/catalog';
import { waitFor } from '@muster/testing';
import { expect, onTestFinished, test } from 'vitest';
import { convergence, get, TestCluster } from '../spec/cluster.js';

async function cluster(): Promise<TestCluster> {
  const made = await TestCluster.start();
  onTestFinished(() => made.end());
  return made;
}

function action(seq: number, more: Partial<NewNodeAction> = {}): NewNodeAction {
  return {
    seq,
    extension: 'App',
    kind: 'wanted-change',
    action: 'install',
    outcome: 'done',
    detector: 'event',
    head: 1,
    version: '1.0',
    agesMs: { received: 90, started: 80, fetched: 60, staged: 50, switched: 40, deployed: 20, proven: 10, ended: 10 },
    ...more,
  };
}

function correction(seq: number, extension = 'App'): NewNodeAction {
  const detail = 'a changed byte';
  return action(seq, { extension, kind: 'drift-correction', action: 'reinstall', detector: 'timer', detail });
}

test('a timeline tells how each revision came to each node, page by page', async () => {
  const made = await cluster();
  const [one, two] = await made.nodes(2);
  const service = await made.service();
  await made.commit('App 1.0', 'Base 1.0');
  await made.commit('App 2.0');
  await one!.prove();
  await two!.prove();
  await made.act('node-1', action(1, { revision: 2, version: '2.0' }));
  expect((await convergence(service, 2, '30s')).state).toBe('converged');
  const { body } = await get<Timeline>(service, '/timeline');
  const { revisions, next } = timelineSchema.parse(body);
  expect(next).toBeUndefined();
  expect(revisions).toMatchObject([
    { revision: 2, actor: 'spec', changes: [{ action: 'upgrade', version: '2.0', previousVersion: '1.0' }] },
    {
      revision: 1,
      changes: [{ extension: 'App' }, { extension: 'Base' }],
      nodes: [{ state: 'skipped' }, { state: 'skipped' }],
    },
  ]);
  const [first, second] = revisions[0]!.nodes;
  expect(first).toMatchObject({ node: 'node-1', state: 'proven' });
  expect(Object.values(first!.stages!).reduce((sum, ms) => sum + ms, 0)).toBe(first!.totalMs);
  expect(Date.parse(first!.provenAt!) - Date.parse(revisions[0]!.committedAt)).toBe(first!.totalMs);
  expect(second).toMatchObject({ node: 'node-2', state: 'proven' });
  expect(second).not.toHaveProperty('stages');
  expect(revisions[0]!.convergedAt).toBeDefined();

  const page = timelineSchema.parse((await get(service, '/timeline?limit=1')).body);
  expect(page).toMatchObject({ revisions: [{ revision: 2 }], next: 2 });
  expect(timelineSchema.parse((await get(service, '/timeline?limit=1&before=2')).body)).toMatchObject({
    revisions: [{ revision: 1 }],
  });
  expect(revisionPassageSchema.parse((await get(service, '/timeline/2')).body)).toEqual(revisions[0]);
  expect(await get(service, '/timeline/3')).toMatchObject({ status: 404, body: { code: 'revision-unknown' } });
  for (const path of ['/timeline/x', '/timeline?limit=0', '/timeline?limit=101', '/timeline?before=x'])
    expect(await get(service, path), path).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
});

test('a history tells what nodes did, whose wish it was, and what goes on for too long', async () => {
  const made = await cluster();
  await made.nodes(2);
  const service = await made.service();
  await made.commit('App 1.0', 'Base 1.0');
  await made.act(
    'node-1',
    action(1, { revision: 1 }),
    action(2, { revision: 1, extension: 'Base', outcome: 'parked', code: 'hook-failed', detail: 'exited 3' }),
    correction(3),
    correction(4, 'Base'),
    correction(5),
    correction(6),
  );
  await made.act('node-2', correction(1), correction(2));
  const history = async (query: string): Promise<History> =>
    historySchema.parse((await get(service, `/history${query}`)).body);

  const all = (await history('?node=node-1')).actions;
  expect(all.map(({ kind, extension, recurring }) => [kind, extension, recurring])).toEqual([
    ['drift-correction', 'App', 3],
    ['drift-correction', 'App', 3],
    ['drift-correction', 'Base', undefined],
    ['drift-correction', 'App', 3],
    ['wanted-change', 'Base', undefined],
    ['wanted-change', 'App', undefined],
  ]);
  expect(all[5]).toMatchObject({ actor: 'spec', revision: 1, version: '1.0', outcome: 'done', durationMs: 70 });
  expect(all[4]).toMatchObject({ outcome: 'parked', code: 'hook-failed', detail: 'exited 3' });
  expect(all[0]).toMatchObject({ detector: 'timer', detail: 'a changed byte' });
  expect(all[0]).not.toHaveProperty('actor');

  expect((await history('?node=node-2')).actions.some(({ recurring }) => recurring !== undefined)).toBe(false);
  expect((await history('?extension=Base')).actions).toHaveLength(2);
  expect((await history('?extension=Base&kind=wanted-change')).actions).toHaveLength(1);
  expect((await history('?node=nobody')).actions).toEqual([]);

  const seen: string[] = [];
  let next: string | undefined;
  do {
    const page = await history(`?limit=3${next === undefined ? '' : `&before=${next}`}`);
    seen.push(...page.actions.map(({ id }) => id));
    next = page.next;
  } while (next !== undefined);
  expect(seen).toHaveLength(8);
  expect(new Set(seen).size).toBe(8);
  expect(seen.map(Number)).toEqual(seen.map(Number).toSorted((a, b) => b - a));
  for (const query of ['?limit=0', '?limit=501', '?kind=other', '?before=x', '?node=a%2Fb'])
    expect(await get(service, `/history${query}`), query).toMatchObject({
      status: 400,
      body: { code: 'invalid-request' },
    });
});

test('what has not come yet is under way, and absent where nobody listens', async () => {
  const made = await cluster();
  const [one] = await made.nodes(2);
  const service = await made.service();
  await one!.prove();
  await made.commit('App 1.0');
  const live = async () => {
    const { nodes } = timelineSchema.parse((await get(service, '/timeline')).body).revisions[0]!;
    return nodes[0]!.state === 'under-way' ? nodes : undefined;
  };
  expect(await waitFor(live, { what: 'the report of node-1', deadlineMs: 20_000 })).toEqual([
    { node: 'node-1', state: 'under-way' },
    { node: 'node-2', state: 'absent' },
  ]);
});
