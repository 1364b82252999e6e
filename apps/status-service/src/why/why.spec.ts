import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { whySchema, type NodeList, type NodeReport, type Problem, type Why } from '@muster/contracts';
import type { Service } from '@muster/service-kit';
import { FaultProxy, waitFor } from '@muster/testing';
import { expect, onTestFinished, test } from 'vitest';
import { convergence, get, TestCluster } from '../spec/cluster.js';
import { parking } from '../spec/fake-node.js';

async function cluster(): Promise<TestCluster> {
  const made = await TestCluster.start();
  onTestFinished(() => made.end());
  return made;
}

async function why(service: Service, query = ''): Promise<Why> {
  const { status, body } = await get<Why>(service, `/why${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return whySchema.parse(body);
}

/** The first answer that names exactly these causes. */
async function untilNamed(service: Service, query: string, ...causes: string[]): Promise<Why> {
  let latest: Why | undefined;
  const named = async () => {
    latest = await why(service, query);
    return JSON.stringify(latest.causes.map(({ cause }) => cause)) === JSON.stringify(causes) ? latest : undefined;
  };
  return waitFor(named, { what: `${causes.join(', ')} for ${query}`, deadlineMs: 20_000 });
}

/** A stand-in for an agent's own interface, on a free port. */
async function listening(answer: (address: string) => unknown): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(JSON.stringify(answer(address)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { address, asked };
}

test('names what failed, and what waits for it, until it is mended', async () => {
  const made = await cluster();
  const [one, two] = await made.nodes(2);
  const service = await made.service();
  await made.commit('Base 1.0', 'App 1.0 > Base 1.0');
  await one!.prove();
  await two!.prove({}, (all) =>
    parking('Base')(all).map((entry) =>
      entry.name === 'App' ? { ...parking('App')([entry])[0]!, lastFailure: undefined, waitsFor: 'Base' } : entry,
    ),
  );
  const answer = await untilNamed(service, '?node=node-2&extension=App', 'hook-failed', 'dependency-parked');
  expect(answer.text).toMatch(
    /^node-2 does not have App 1\.0 \(revision 1\) because it waits for Base, which is parked since .*: exited 3: "licence missing"; 1 attempt; to clear it: .*muster retry node-2 Base\.$/,
  );
  expect(answer.revision).toBe(1);
  expect((await why(service)).text).toMatch(/^1 of 2 nodes is not as revision 1 wants it\. node-2 is not/);
  expect(await why(service, '?node=node-1')).toMatchObject({ ok: true, causes: [] });
  await two!.prove();
  await untilNamed(service, '');
  expect(await why(service)).toMatchObject({ ok: true, text: 'All 2 nodes prove everything of revision 1.' });
});

test('refuses what it does not know, and names the nearest', async () => {
  const made = await cluster();
  const [one] = await made.nodes(1);
  const service = await made.service();
  await made.commit('Autocomplete 1.0', 'Old 1.0');
  await made.commit('-Old');
  await one!.prove();
  const refused = async (query: string): Promise<string> => {
    const { status, body } = await get<Problem>(service, `/why${query}`);
    return `${status} ${body.code} ${body.remedy ?? ''}`;
  };
  expect(await refused('?node=nod-1')).toMatch(/^404 node-unknown did you mean node-1\? /);
  expect(await refused('?extension=autocmplete')).toMatch(/^404 extension-unknown did you mean Autocomplete\? /);
  expect(await refused('?extension=Nothing')).toMatch(/^404 extension-unknown GET/);
  expect(await refused('?node=..%2Fetc')).toMatch(/^400 invalid-request/);
  expect(await refused('?extension=a%2Fb')).toMatch(/^400 invalid-request/);
  expect(await refused('?revision=9')).toMatch(/^404 revision-unknown/);
  expect(await untilNamed(service, '?node=node-1&extension=Old')).toMatchObject({ ok: true });
});

test('names a storage that two were given, whoever of them is asked, and an id that two claim', async () => {
  const made = await cluster();
  const [one, , four] = await made.nodes(3);
  const service = await made.service();
  await one!.prove();
  await four!.prove();
  const claimant = 'host-b, process 7';
  await made.refuse({ node: 'late', code: 'storage-in-use', claimant, detail: 'node-1 holds it', holder: 'node-1' });
  await made.refuse({ node: 'node-3', code: 'node-id-in-use', claimant, detail: 'another instance is alive' });
  expect((await untilNamed(service, '?node=late', 'storage-shared')).text).toMatch(/^late has not enrolled because/);
  expect((await untilNamed(service, '?node=node-1', 'storage-shared')).text).toContain(
    'late was given the storage of node-1',
  );
  expect((await untilNamed(service, '?node=node-3', 'node-id-duplicated')).causes[0]).toMatchObject({
    waitsFor: claimant,
  });
});

test('asks a silent node itself', async () => {
  const made = await cluster();
  const [one, two, three] = await made.nodes(3);
  const service = await made.service({ MUSTER_OFFLINE_AFTER: '400ms' });
  const report: { latest?: NodeReport } = {};
  const { address, asked } = await listening(() => ({
    ...report.latest,
    storage: '/storage',
    parked: [],
    catalogAway: { since: new Date().toISOString(), detail: 'ECONNREFUSED' },
  }));
  await one!.prove({ address });
  await two!.prove({ address });
  await three!.prove({ address: 'https://127.0.0.1:1' });
  report.latest = await waitFor(
    async () => (await get<{ report?: NodeReport }>(service, '/nodes/node-1')).body.report,
    { what: 'its report', deadlineMs: 20_000 },
  );
  const away = await untilNamed(service, '?node=node-1', 'database-away');
  expect(away.text).toMatch(/it cannot reach the database of the catalog since .*: ECONNREFUSED/);
  expect((await untilNamed(service, '?node=node-2', 'node-offline')).text).toContain('(node-1 answers there)');
  const before = asked.length;
  expect((await untilNamed(service, '?node=node-3', 'node-offline')).text).not.toContain('127.0.0.1');
  expect(asked).toHaveLength(before);
  expect(new Set(asked)).toEqual(new Set(['/node']));
});

test('answers while the database is away, by what was known', async () => {
  const made = await cluster();
  const [one] = await made.nodes(1);
  const proxy = await FaultProxy.inFrontOf(made.database.url);
  onTestFinished(() => proxy.close());
  const service = await made.service({ DATABASE_URL: proxy.urlThrough(made.database.urlAs('muster_status')) });
  const revision = await made.commit('App 1.0');
  await one!.prove();
  expect((await convergence(service, revision, '30s')).state).toBe('converged');
  proxy.setNewConnections('reset');
  proxy.reset();
  const answer = await untilNamed(service, '?node=node-1', 'database-away');
  expect(answer).toMatchObject({ ok: false, revision });
  expect(answer.text).toMatch(
    /^The database of the catalog does not answer the status service since .* node-1 has everything/,
  );
  expect((await get(service, '/why?revision=7')).status).toBe(503);
  const nodes = await get<NodeList>(service, '/nodes');
  expect(nodes).toMatchObject({ status: 200, body: { fresh: false, nodes: [{ node: 'node-1', state: 'live' }] } });
  expect((await get(service, '/nodes/node-1')).status).toBe(200);
  expect((await get(service, '/convergence')).status).toBe(503);
  proxy.heal();
  await waitFor(async () => (await get<NodeList>(service, '/nodes')).body.fresh, { what: 'fresh', deadlineMs: 30_000 });
  await one!.prove();
  await untilNamed(service, '?node=node-1');
});

test('says that a revision was superseded', async () => {
  const made = await cluster();
  const [one] = await made.nodes(1);
  const service = await made.service();
  const first = await made.commit('App 1.0');
  const second = await made.commit('App 2.0');
  await one!.prove();
  expect((await convergence(service, second, '30s')).state).toBe('converged');
  expect((await untilNamed(service, `?node=node-1&revision=${first}`, 'superseded')).text).toContain(
    `revision ${second} has changed App since`,
  );
});
