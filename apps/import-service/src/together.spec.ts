import type { Problem, ProposalList, ProposalView } from '@muster/contracts';
import { buildPackage, buildZip, waitFor } from '@muster/testing';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { RunningService, type Answer, type StartOptions } from './spec/running-service.js';
import { StandInAgent } from './spec/stand-in-agent.js';

const TOGETHER = '?activate=together';
const base = (version = '1.0'): Buffer => buildPackage({ name: 'Base', version });

async function cluster(options: StartOptions = {}): Promise<{ service: RunningService; agents: StandInAgent[] }> {
  const service = await RunningService.start(options);
  const names = ['node-1', 'node-2', 'node-3'];
  const agents: StandInAgent[] = [];
  for (const name of names) agents.push(await StandInAgent.start(service.database, name));
  return { service, agents };
}

async function open(service: RunningService): Promise<ProposalView> {
  const first = async (): Promise<ProposalView | undefined> =>
    (await service.request<ProposalList>('/proposals?state=open')).body.proposals[0];
  return waitFor(first, { what: 'an open proposal' });
}

const find = async (service: RunningService, id: string): Promise<ProposalView> =>
  (await service.request<ProposalView>(`/proposals/${id}`)).body;
const callOff = (service: RunningService, id: string): Promise<Answer<ProposalView & Problem>> =>
  service.request(`/proposals/${id}`, { method: 'DELETE' });
const headOf = async (service: RunningService): Promise<number> =>
  (await service.request<{ revision: number }>('/extensions')).body.revision;

/** Nothing stands anywhere, and nothing is left of what was asked. */
async function expectNothing(service: RunningService, revision = 0): Promise<void> {
  expect(await headOf(service)).toBe(revision);
  expect(await service.leftovers()).toEqual([]);
  expect((await service.request<ProposalList>('/proposals?state=open')).body.proposals).toEqual([]);
}

test('what every node is ready for becomes a revision, and the origin has only stored it', async () => {
  const { service } = await cluster();
  const id = randomUUID();
  const answer = await service.import(base(), `${TOGETHER}&proposal=${id}`);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect(answer.body).toMatchObject({ revision: 1, proposal: id, changes: [{ action: 'install', extension: 'Base' }] });
  expect(answer.headers.get('server-timing')).toMatch(/propose;.*ready;.*commit;/);
  expect(await service.installed()).toEqual([]);
  expect(await find(service, id)).toMatchObject({
    state: 'activated',
    revision: 1,
    changes: [{ action: 'install', extension: 'Base', version: '1.0' }],
    nodes: ['node-1', 'node-2', 'node-3'].map((node) => ({ node, state: 'ready' })),
  });
  await expectNothing(service, 1);
  // The same bytes once more: there is nothing to ask the nodes.
  const again = await service.import(base(), TOGETHER);
  expect([again.status, again.body.changes, again.body.proposal]).toEqual([200, [], undefined]);
});

test('a bundle goes together like a single package', async () => {
  const { service, agents } = await cluster();
  const told: string[] = [];
  agents[1]!.prepare = async ({ packages }) => {
    told.push(...packages.map(({ name, dependsOn }) => `${name} needs ${dependsOn.join()}`));
    return { state: 'ready' };
  };
  const needy = buildPackage({ name: 'Needy', dependsOn: [{ name: 'Base', version: '1.0' }] });
  const bundle = buildZip([
    { name: 'needy.zip', data: needy },
    { name: 'base.zip', data: base() },
  ]);
  const answer = await service.import(bundle, TOGETHER);
  expect([answer.status, answer.body.changes.map(({ extension }) => extension)]).toEqual([201, ['Base', 'Needy']]);
  expect(told).toEqual(['Base needs ', 'Needy needs Base']);
});

test('where one node cannot get ready nothing changes anywhere, and it is said which and why', async () => {
  const { service, agents } = await cluster();
  agents[1]!.prepare = async () => ({ state: 'failed', code: 'disk-full', reason: 'disk-full: 12 MiB are free' });
  agents[2]!.prepare = async () => ({ state: 'staging' });
  const answer = await service.import(base(), `${TOGETHER}&deadline=4s`);
  expect(answer.status).toBe(409);
  expect(answer.body).toMatchObject({
    code: 'not-all-ready',
    step: 'ready',
    limit: '4 s',
    actual: '1 of 3 nodes ready',
    nodes: [
      { node: 'node-1', state: 'ready' },
      { node: 'node-2', state: 'failed', code: 'disk-full', reason: 'disk-full: 12 MiB are free' },
      { node: 'node-3', state: 'staging' },
    ],
  });
  expect(answer.body.detail).toMatch(
    /^1 of 3 nodes got ready within 4 s, and nothing was changed on any node: node-2: disk-full: 12 MiB are free; node-3: is still/,
  );
  await expectNothing(service);
  const [last] = (await service.request<ProposalList>('/proposals')).body.proposals;
  expect(last).toMatchObject({ state: 'void', reason: answer.body.detail, nodes: answer.body.nodes });
});

test('a node that gets ready late, or once what failed is mended, is waited for', async () => {
  const { service, agents } = await cluster();
  let tries = 0;
  agents[2]!.prepare = async () => {
    tries += 1;
    return tries < 3 ? { state: 'failed', code: 'disk-full', reason: 'no room' } : { state: 'ready' };
  };
  const importing = service.import(base(), TOGETHER);
  const { id } = await open(service);
  await waitFor(async () => (await find(service, id)).nodes[2]?.state === 'failed', { what: 'the failure' });
  agents[2]!.look();
  agents[2]!.look();
  expect((await importing).status).toBe(201);
});

test('it can be called off, once', async () => {
  const { service, agents } = await cluster();
  agents[2]!.silent = true;
  const importing = service.import(base(), TOGETHER);
  const { id } = await open(service);
  expect((await callOff(service, id)).body).toMatchObject({ id, state: 'void', reason: 'local called it off' });
  const answer = await importing;
  expect([answer.status, answer.body.code]).toEqual([409, 'proposal-void']);
  expect(answer.body.detail).toBe(`the proposal ${id} came to nothing: local called it off`);
  const again = await callOff(service, id);
  expect([again.status, again.body.code]).toEqual([409, 'proposal-settled']);
  const unknown = await callOff(service, randomUUID());
  expect([unknown.status, unknown.body.code]).toEqual([404, 'proposal-unknown']);
  await expectNothing(service);
});

test('a client that goes away takes its proposal with it', async () => {
  const { service, agents } = await cluster();
  agents[2]!.silent = true;
  const client = new AbortController();
  const body = new Uint8Array(base());
  const headers = { 'content-type': 'application/zip' };
  const asked = fetch(`${service.url}/imports${TOGETHER}`, { method: 'POST', body, headers, signal: client.signal });
  const { id } = await open(service);
  client.abort();
  await expect(asked).rejects.toThrow();
  await waitFor(async () => (await find(service, id)).state === 'void', { what: 'the end of the proposal' });
  await expectNothing(service);
});

test('a service that stops answers, and calls its proposals off', async () => {
  const { service, agents } = await cluster();
  agents[2]!.silent = true;
  const importing = service.import(base(), TOGETHER);
  const { id } = await open(service);
  await service.close();
  const answer = await importing;
  expect([answer.status, answer.body.code]).toEqual([503, 'service-stopping']);
  const other = await RunningService.start({ database: service.database, node: 'node-9' });
  expect(await find(other, id)).toMatchObject({ state: 'void' });
});

test.each([
  ['a freeze', 'frozen', (service: RunningService) => service.hold('/freeze', 'closing of the month')],
  ['another import of it', 'conflict', (service: RunningService) => service.import(base('2.0'))],
])('%s meanwhile ends it, and nothing of it stands', async (_, code, meanwhile) => {
  const { service, agents } = await cluster();
  agents[2]!.silent = true;
  const importing = service.import(base(), TOGETHER);
  const { id } = await open(service);
  expect((await meanwhile(service)).status).toBeLessThan(300);
  agents[2]!.silent = false;
  agents[2]!.look();
  const answer = await importing;
  expect([answer.status, answer.body.code]).toEqual([409, code]);
  expect(await find(service, id)).toMatchObject({ state: 'void', reason: answer.body.detail });
});

test('while nodes get ready nothing else waits for it', async () => {
  const { service, agents } = await cluster({ env: { MUSTER_MAX_IMPORTS: '1' } });
  agents[2]!.silent = true;
  const importing = service.import(base(), TOGETHER);
  // Its slot is given back right after the proposal was made.
  await waitFor(async () => (await service.import(buildPackage({ name: 'Other' }))).body.revision === 1, {
    what: 'a slot',
  });
  expect((await service.import(buildPackage({ name: 'Third' }), '?dryRun=true')).status).toBe(200);
  agents[2]!.silent = false;
  agents[2]!.look();
  expect((await importing).body.revision).toBe(2);
});

test('what is asked for wrongly is refused before anything is sent', async () => {
  const { service, agents } = await cluster();
  for (const query of [
    '?deadline=10s',
    `?proposal=${randomUUID()}`,
    `${TOGETHER}&deadline=2h`,
    `${TOGETHER}&deadline=0s`,
  ]) {
    const { status, body } = await service.import(base(), query);
    expect([status, body.code], query).toEqual([400, 'invalid-request']);
  }
  agents[2]!.silent = true;
  const id = randomUUID();
  const importing = service.import(base(), `${TOGETHER}&proposal=${id}`);
  await open(service);
  const twice = await service.import(buildPackage({ name: 'Other' }), `${TOGETHER}&proposal=${id}`);
  expect([twice.status, twice.body.code]).toEqual([409, 'proposal-exists']);
  await callOff(service, id);
  expect((await importing).status).toBe(409);
});

test('what a service that died has left open is ended by any other', async () => {
  const { service, agents } = await cluster();
  agents[2]!.silent = true;
  const owner = new Client({ connectionString: service.database.ownerUrl });
  await owner.connect();
  onTestFinished(() => owner.end());
  const id = randomUUID();
  await owner.query(
    `insert into proposal (id, base_revision, base_chain, changes, plan_digest, actor, created_at, expires_at)
     values ($1, 0, '', '[]', '', 'anna', now() - interval '5 minutes', now() - interval '4 minutes')`,
    [id],
  );
  expect(await find(service, id)).toMatchObject({ state: 'void', reason: 'its deadline passed' });
  // The first keeps house by the hour, so that nobody had ended it by then.
  await RunningService.start({ database: service.database, node: 'node-9', env: { MUSTER_COLLECT_PERIOD: '100ms' } });
  const ended = (view: ProposalView): boolean => view.settledAt !== undefined;
  await waitFor(async () => ended(await find(service, id)), { what: 'its end by housekeeping' });
});
