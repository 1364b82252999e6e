import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeDetail, NodeList, Problem } from '@muster/contracts';
import type { Service } from '@muster/service-kit';
import { FaultProxy, waitFor } from '@muster/testing';
import { convergence, get, TestCluster } from './spec/cluster.js';
import { parking, without } from './spec/fake-node.js';

/** Waits in a row must not be told apart by time: each test has a cluster of its own. */
async function withCluster<Result>(work: (cluster: TestCluster) => Promise<Result>): Promise<Result> {
  const cluster = await TestCluster.start();
  try {
    return await work(cluster);
  } finally {
    await cluster.end();
  }
}

async function untilWaiting(service: Service, count: number): Promise<void> {
  await waitFor(
    async () => (await metrics(service)).includes(`muster_convergence_waits{service="status-service"} ${count}\n`),
    {
      what: `${count} waits`,
      deadlineMs: 60_000,
    },
  );
}

async function metrics(service: Service): Promise<string> {
  return (await get<string>(service, '/metrics')).body;
}

describe('a wait', () => {
  test('is answered at once where it is true already', () =>
    withCluster(async (cluster) => {
      const [one, two] = await cluster.nodes(2);
      const revision = await cluster.commit('App 1.0');
      await one!.prove();
      await two!.prove();
      const service = await cluster.service();
      expect(await convergence(service, revision, '30s')).toMatchObject({ state: 'converged', revision: 1 });
      expect(await convergence(service, undefined, '30s')).toMatchObject({
        state: 'converged',
        digest: (await cluster.catalog.head()).rootDigest,
        nodes: [
          { node: 'node-1', state: 'converged' },
          { node: 'node-2', state: 'converged' },
        ],
      });
    }));

  test('ends when the last node proves it, for all who wait', () =>
    withCluster(async (cluster) => {
      const [one, two] = await cluster.nodes(2);
      const service = await cluster.service();
      const revision = await cluster.commit('Base 1.0', 'App 1.0 > Base 1.0');
      const asked = Array.from({ length: 100 }, (_, index) =>
        convergence(service, index % 2 ? revision : undefined, '60s'),
      );
      await untilWaiting(service, 100);
      await one!.prove();
      await two!.prove({}, without('Base'));
      await waitFor(async () => (await get<NodeDetail>(service, '/nodes/node-2')).body.report, {
        what: 'its report',
        deadlineMs: 60_000,
      });
      await untilWaiting(service, 100);
      await two!.prove();
      for (const answer of await Promise.all(asked)) expect(answer.state).toBe('converged');
      expect(await metrics(service)).toContain('muster_commit_to_last_node_seconds_count{service="status-service"} 1');
    }));

  test('begins before the revision is proven and outlives other revisions', () =>
    withCluster(async (cluster) => {
      const [one] = await cluster.nodes(1);
      const service = await cluster.service();
      const first = await cluster.commit('App 1.0');
      const waiting = convergence(service, first, '60s');
      await untilWaiting(service, 1);
      await cluster.commit('Other 1.0');
      await one!.prove({}, parking('Other'));
      expect(await waiting).toMatchObject({ state: 'converged', revision: first });
      expect(await convergence(service)).toMatchObject({ state: 'failed' });
    }));

  test('fails at once with the reason', () =>
    withCluster(async (cluster) => {
      const [one, two] = await cluster.nodes(2);
      const service = await cluster.service();
      const revision = await cluster.commit('App 1.0');
      const waiting = convergence(service, revision, '60s');
      await untilWaiting(service, 1);
      await one!.prove({}, parking('App'));
      const answer = await waiting;
      expect(answer.state).toBe('failed');
      expect(answer.nodes[0]!.reason).toContain('hook-failed: exited 3: "licence missing"');
      const mended = await cluster.commit('App 1.1');
      expect(await convergence(service, mended)).toMatchObject({ state: 'syncing' });
      expect(await convergence(service, revision, '30s')).toMatchObject({ state: 'superseded' });
      await one!.prove();
      await two!.prove();
      expect((await convergence(service, mended, '30s')).state).toBe('converged');
    }));

  test('is superseded by a later change of the same extension, unless it had converged by then', () =>
    withCluster(async (cluster) => {
      const [one] = await cluster.nodes(1);
      const service = await cluster.service({ MUSTER_POLL_INTERVAL: '60s', MUSTER_OFFLINE_AFTER: '60s' });
      const first = await cluster.commit('Base 1.0', 'App 1.0 > Base 1.0');
      await one!.prove();
      expect((await convergence(service, first, '30s')).state).toBe('converged');
      const second = await cluster.commit('App 2.0 > Base 1.0');
      const waiting = convergence(service, second, '20s');
      await untilWaiting(service, 1);
      await cluster.commit('Base 1.1');
      expect((await convergence(service, second)).state).toBe('syncing');
      await cluster.commit('-App');
      expect(await waiting).toMatchObject({ state: 'superseded', reason: 'revision 4 has changed App since' });
      expect(await convergence(service, first)).toMatchObject({ state: 'converged' });
      await one!.prove();
      expect((await convergence(service, 4, '30s')).state).toBe('converged');
      expect((await convergence(service, second)).state).toBe('superseded');
    }));

  test('of a removal asks that it is gone', () =>
    withCluster(async (cluster) => {
      const [one] = await cluster.nodes(1);
      const service = await cluster.service();
      await cluster.commit('App 1.0');
      await one!.prove();
      const heard = async () => (await get<NodeDetail>(service, '/nodes/node-1')).body.report?.extensions;
      const held = await waitFor(heard, { what: 'its report', deadlineMs: 60_000 });
      const removal = await cluster.commit('-App');
      await one!.prove({}, () => held);
      expect((await convergence(service, removal, '300ms')).state).toBe('timed-out');
      await one!.prove();
      expect((await convergence(service, removal, '30s')).state).toBe('converged');
    }));

  test('that runs out tells who is missing, and an absent node as absent', () =>
    withCluster(async (cluster) => {
      const [one, two] = await cluster.nodes(2);
      const service = await cluster.service({ MUSTER_OFFLINE_AFTER: '700ms' });
      const revision = await cluster.commit('App 1.0');
      await one!.prove();
      await two!.prove({ revision: 0, chain: '0'.repeat(64) });
      await waitFor(async () => (await get<NodeDetail>(service, '/nodes/node-2')).body.report, {
        what: 'its report',
        deadlineMs: 60_000,
      });
      const early = await convergence(service, revision, '50ms');
      expect(early).toMatchObject({ state: 'timed-out', nodes: [{ state: 'converged' }, { state: 'syncing' }] });
      expect(early.reason).toMatch(/not converged after 0.05 s: node-2: it is at revision 0 of 1/);
      const beat = setInterval(() => void one!.prove().catch(() => undefined), 200);
      try {
        const late = await convergence(service, revision, '2s');
        expect(late, JSON.stringify(late)).toMatchObject({
          state: 'absent',
          nodes: [{ state: 'converged' }, { state: 'absent' }],
        });
        expect(late.reason).toMatch(/node-2: offline: silent since/);
      } finally {
        clearInterval(beat);
      }
    }));

  test('learns by the clock alone that a node has fallen silent', () =>
    withCluster(async (cluster) => {
      const [one] = await cluster.nodes(1);
      const service = await cluster.service({ MUSTER_OFFLINE_AFTER: '700ms', MUSTER_POLL_INTERVAL: '60s' });
      await one!.prove();
      const waiting = convergence(service, await cluster.commit('App 1.0'), '3s');
      await untilWaiting(service, 1);
      expect((await waiting).state).toBe('absent');
    }));

  test('ends with its client, and with the service', () =>
    withCluster(async (cluster) => {
      await cluster.nodes(1);
      const service = await cluster.service();
      const revision = await cluster.commit('App 1.0');
      const client = new AbortController();
      const left = get(service, `/convergence?revision=${revision}&wait=10m`, client.signal).catch(() => 'left');
      const stays = get<Problem>(service, `/convergence?revision=${revision}&wait=10m`);
      await untilWaiting(service, 2);
      client.abort();
      expect(await left).toBe('left');
      await untilWaiting(service, 1);
      expect(await service.close()).toEqual([]);
      expect(await stays).toMatchObject({ status: 503, body: { code: 'stopping' } });
    }));
});

describe('what cannot be answered', () => {
  let cluster: TestCluster;
  let service: Service;
  beforeAll(async () => {
    cluster = await TestCluster.start();
    service = await cluster.service();
    await cluster.commit('App 1.0');
  });
  afterAll(() => cluster.end());

  test.for([
    ['/convergence?revision=2', 404, 'revision-unknown', /head is revision 1/],
    ['/convergence?revision=2&wait=30s', 404, 'revision-unknown', /head is revision 1/],
    ['/convergence?revision=-1', 400, 'invalid-request', /revision: a revision number/],
    ['/convergence?revision=one', 400, 'invalid-request', /revision/],
    ['/convergence?wait=soon', 400, 'invalid-request', /wait: a duration/],
    ['/convergence?wait=601s', 400, 'wait-too-long', /so long/],
    ['/nodes/nobody', 404, 'node-unknown', /nobody/],
  ] as const)('%s: %i %s', async ([path, status, code, detail]) => {
    const answer = await get<Problem>(service, path);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.body.detail).toMatch(detail);
  });

  test('a cluster without nodes is not converged', async () => {
    expect(await convergence(service)).toMatchObject({ state: 'syncing', nodes: [] });
    expect(await convergence(service, 1)).toMatchObject({ state: 'syncing', nodes: [] });
    expect(await metrics(service)).toContain('muster_converged{service="status-service"} 0');
  });

  test('the interface is described', async () => {
    const { body } = await get<{ openapi: string; paths: object }>(service, '/docs-json');
    expect(body.openapi).toMatch(/^3/);
    expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(['/convergence', '/nodes', '/nodes/{id}']));
  });
});

describe('nodes', () => {
  test('are all named: live, stale, silent, stopped, forked, never heard and retired', () =>
    withCluster(async (cluster) => {
      await cluster.commit('App 1.0');
      const [live, stale, stopped, forked, , retired] = await cluster.nodes(6);
      await live!.prove({ foreign: ['Handmade'], address: 'http://127.0.0.1:8090' });
      await stale!.prove({ provenAgeMs: 60_000 });
      await stopped!.prove({ state: 'stopped' });
      await forked!.prove({ state: 'forked', stateReason: 'the catalog is unknown' });
      await retired!.prove();
      await waitFor(async () => (await cluster.catalog.nodes.retire('node-6')) === 'retired', {
        what: 'its lease to end',
        deadlineMs: 60_000,
      });
      const service = await cluster.service();
      const { nodes, revision, eventLog } = await waitFor(
        async () => {
          const { body } = await get<NodeList>(service, '/nodes');
          return body.nodes[0]?.heardSecondsAgo === undefined ? undefined : body;
        },
        { what: 'the first report', deadlineMs: 60_000 },
      );
      expect(revision).toBe(1);
      expect(eventLog).toMatchObject({ kind: 'postgres', ok: true, unpublished: 0 });
      expect((await convergence(service)).eventLog).toEqual(eventLog);
      expect(nodes).toMatchObject([
        { node: 'node-1', state: 'live', inSync: true, foreign: 1, address: 'http://127.0.0.1:8090' },
        { node: 'node-2', state: 'live', inSync: false },
        { node: 'node-3', state: 'stopped', inSync: false },
        { node: 'node-4', state: 'forked', inSync: false, reason: 'the catalog is unknown' },
        {
          node: 'node-5',
          state: 'offline',
          inSync: false,
          revision: 0,
          reason: expect.stringMatching(/never reported/),
        },
        { node: 'node-6', state: 'retired', inSync: false },
      ]);
      expect(nodes[4]).not.toHaveProperty('heardSecondsAgo');
      const inSync = (await get<NodeDetail>(service, '/nodes/node-1')).body;
      expect(inSync.report!.extensions[0]!.state).toBe('in-sync');
      const doubted = (await get<NodeDetail>(service, '/nodes/node-2')).body;
      expect(doubted.report!.extensions[0]!.state).toBe('unknown');
      const text = await metrics(service);
      expect(text).toContain('muster_nodes{state="live",service="status-service"} 2');
      expect(text).toContain('muster_nodes{state="retired",service="status-service"} 1');
      expect(text).toContain('muster_lag_revisions{service="status-service"} 1');
    }));

  test('a restart and a second instance tell the same, even where the log has forgotten the reports', () =>
    withCluster(async (cluster) => {
      const [one, two] = await cluster.nodes(2);
      const revision = await cluster.commit('App 1.0');
      await one!.prove();
      await two!.prove({}, parking('App'));
      const first = await cluster.service();
      expect((await convergence(first, revision, '30s')).state).toBe('failed');
      const second = await cluster.service();
      const told = async (service: Service) => {
        const { nodes } = (await get<NodeList>(service, '/nodes')).body;
        const stable = nodes.map(({ heardSecondsAgo: _heard, provenSecondsAgo: _proven, ...rest }) => rest);
        return { stable, answer: await convergence(service, revision) };
      };
      expect(await told(second)).toEqual(await told(first));
      const before = await told(first);
      await first.close();
      await forgetReports(cluster);
      expect(await told(await cluster.service())).toEqual(before);
    }));

  test('an older report changes nothing', () =>
    withCluster(async (cluster) => {
      const [one, two] = await cluster.nodes(2);
      const service = await cluster.service();
      const revision = await cluster.commit('App 1.0');
      await two!.prove();
      await one!.prove({ seq: 7 });
      expect((await convergence(service, revision, '30s')).state).toBe('converged');
      await overtake(cluster, 'node-1', 6);
      // The log gives reports in the order of their arrival: once this one is known, the old one has been.
      await two!.prove({ foreign: ['Newest'] });
      const newest = async () => (await get<NodeDetail>(service, '/nodes/node-2')).body.foreign === 1;
      await waitFor(newest, { what: 'the newest report', deadlineMs: 60_000 });
      const { report } = (await get<NodeDetail>(service, '/nodes/node-1')).body;
      expect(report).toMatchObject({ seq: 7 });
    }));
});

test('without its database it says so and never converged, and recovers by itself', () =>
  withCluster(async (cluster) => {
    const [one] = await cluster.nodes(1);
    const proxy = await FaultProxy.inFrontOf(cluster.database.url);
    try {
      const service = await cluster.service({
        DATABASE_URL: proxy.urlThrough(cluster.database.urlAs('muster_status')),
      });
      const revision = await cluster.commit('App 1.0');
      await one!.prove();
      expect((await convergence(service, revision, '30s')).state).toBe('converged');
      const waiting = convergence(service, await cluster.commit('Later 1.0'), '60s');
      await untilWaiting(service, 1);
      proxy.setNewConnections('reset');
      proxy.reset();
      for (const path of ['/convergence', '/convergence?revision=1&wait=30s']) {
        const answer = await get<Problem>(service, path);
        expect(answer, path).toMatchObject({ status: 503, body: { code: 'database-away' } });
      }
      expect((await get(service, '/health/ready')).status).toBe(503);
      expect(await metrics(service)).toContain('muster_converged{service="status-service"} 0');
      await one!.prove();
      proxy.heal();
      expect((await waiting).state).toBe('converged');
      await waitFor(async () => (await get(service, '/health/ready')).status === 200, {
        deadlineMs: 20_000,
        what: 'readiness',
      });
    } finally {
      await proxy.close();
    }
  }));

/** As a log with a short memory does. */
async function forgetReports(cluster: TestCluster): Promise<void> {
  await runAsOwner(cluster, 'truncate node_report');
}

/** An older report of the same instance arrives last, as a log without our guard might bring it. */
async function overtake(cluster: TestCluster, node: string, seq: number): Promise<void> {
  await runAsOwner(
    cluster,
    `update node_report set seq = ${seq}, received_at = clock_timestamp(),
       report = jsonb_set(report, '{seq}', '${seq}') where node = '${node}'`,
    `select pg_notify('muster_report', '${node}')`,
  );
}

async function runAsOwner(cluster: TestCluster, ...statements: string[]): Promise<void> {
  const { Client } = await import('pg');
  const client = new Client({ connectionString: cluster.database.ownerUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
