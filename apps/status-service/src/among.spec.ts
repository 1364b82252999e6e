import type { Convergence, NodeList, Problem } from '@muster/contracts';
import { waitFor } from '@muster/testing';
import { expect, onTestFinished, test } from 'vitest';
import { get, TestCluster } from './spec/cluster.js';
import { parking } from './spec/fake-node.js';

async function cluster(): Promise<TestCluster> {
  const made = await TestCluster.start();
  onTestFinished(() => made.end());
  return made;
}

test('a wait for some nodes, or for a quorum, ends when they prove it, and when they no longer can', async () => {
  const made = await cluster();
  const [one, two, three] = await made.nodes(3);
  const service = await made.service();
  const revision = await made.commit('App 1.0');
  const ask = async (query: string): Promise<Convergence> =>
    (await get<Convergence>(service, `/convergence?revision=${revision}&wait=60s&${query}`)).body;
  const waits = [ask('nodes=node-1'), ask('quorum=majority'), ask('quorum=1&nodes=node-2,node-1'), ask('quorum=3')];
  const metric = 'muster_convergence_waits{service="status-service"} 4\n';
  const waiting = async () => (await get<string>(service, '/metrics')).body.includes(metric);
  await waitFor(waiting, { what: 'four waits', deadlineMs: 20_000 });
  await one!.prove();
  expect(await waits[0]).toMatchObject({ state: 'converged', nodes: [{ node: 'node-1' }] });
  expect(await waits[2]).toMatchObject({
    state: 'converged',
    reason: expect.stringMatching(/^1 of 2 nodes prove it, 1 are enough/),
  });
  await three!.prove({}, parking('App'));
  expect(await waits[3]).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('node-3: App 1.0 is parked'),
  });
  await two!.prove();
  expect(await waits[1]).toMatchObject({ state: 'converged', nodes: [{}, {}, { state: 'failed' }] });
  expect(await ask('nodes=node-3')).toMatchObject({ state: 'failed' });
});

test('a wait for what cannot be is refused', async () => {
  const made = await cluster();
  await made.nodes(2);
  const service = await made.service();
  const refused = async (query: string) => {
    const { status, body } = await get<Problem>(service, `/convergence?${query}`);
    return `${status} ${body.code} ${body.remedy ?? ''}`;
  };
  expect(await refused('nodes=node-1,nod-2')).toBe('404 node-unknown did you mean node-2? GET /nodes lists them');
  expect(await refused('nodes=node-1&quorum=2')).toMatch(/^400 quorum-too-large/);
  for (const query of ['quorum=0', 'quorum=most', 'nodes=', 'nodes=a%2Fb']) {
    expect(await refused(query), query).toMatch(/^400 invalid-request/);
  }
});

test('a paused node is shown with its hold and its lag, and is absent until it proves the revision', async () => {
  const made = await cluster();
  const [one, two] = await made.nodes(2);
  const service = await made.service();
  await made.commit('App 1.0');
  await two!.prove({ clockOffsetMs: 12, queue: [{ extension: 'App', revision: 1 }] });
  await made.catalog.nodes.pause('node-2', { actor: 'ana', reason: 'new disks' });
  await made.commit('App 2.0');
  await one!.prove();
  const behind = async () => {
    const { body } = await get<NodeList>(service, '/nodes');
    return body.nodes[0]?.revision === 2 && body.nodes[1]?.revision === 1 ? body.nodes : undefined;
  };
  const [, node] = await waitFor(behind, { what: 'both reports', deadlineMs: 20_000 });
  expect(node).toMatchObject({
    paused: { actor: 'ana', reason: 'new disks' },
    lagRevisions: 1,
    lagSeconds: expect.any(Number),
    queued: 1,
    starts: 1,
    clockOffsetMs: 12,
    driftRecurring: [],
  });
  expect(node!.lagSeconds).toBeLessThan(60);
  const answer = (await get<Convergence>(service, '/convergence')).body;
  expect(answer).toMatchObject({ state: 'absent', nodes: [{ state: 'converged' }, { state: 'absent' }] });
  expect(answer.reason).toMatch(/^node-2: paused since .* by ana: new disks$/);
  expect((await get<Convergence>(service, '/convergence?quorum=1')).body.state).toBe('converged');
  await two!.prove();
  const converged = async () => (await get<Convergence>(service, '/convergence')).body.state === 'converged';
  await waitFor(converged, { what: 'its proof', deadlineMs: 20_000 });
});
