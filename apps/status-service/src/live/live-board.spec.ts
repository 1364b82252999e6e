import { boardSchema, type BoardSnapshot } from '@muster/contracts';
import { FaultProxy, waitFor } from '@muster/testing';
import { describe, expect, test } from 'vitest';
import { Watchers } from './watchers.js';
import { get, TestCluster } from '../spec/cluster.js';
import { EventReader, type MessageOf } from '../spec/event-reader.js';
import { parking } from '../spec/fake-node.js';

async function withCluster(work: (cluster: TestCluster) => Promise<void>): Promise<void> {
  const cluster = await TestCluster.start();
  try {
    await work(cluster);
  } finally {
    await cluster.end();
  }
}

describe('the board', () => {
  test('shows what is not simply in sync, and only that', () =>
    withCluster(async (cluster) => {
      const [one, two] = await cluster.nodes(2);
      const service = await cluster.service();
      await cluster.commit('Base 1.0', 'App 1.0 > Base 1.0');
      await one!.prove();
      await two!.prove({}, parking('App'));
      await cluster.commit('Later 1.0');
      const board = await waitFor(
        async () => {
          const { body } = await get<BoardSnapshot>(service, '/board');
          return body.nodes.every(({ revision }) => revision === 1) ? boardSchema.parse(body) : undefined;
        },
        { what: 'both reports' },
      );
      expect(board.cluster).toMatchObject({ state: 'failed', revision: 2, expected: 2, converged: 0, fresh: true });
      expect(board.extensions.map(({ name, version, revision }) => `${name} ${version} ${revision}`)).toEqual([
        'App 1.0 1',
        'Base 1.0 1',
        'Later 1.0 2',
      ]);
      expect(board.nodes[0]!.cells).toEqual({
        Later: { state: 'queued', since: board.cluster.committedAt, wantedVersion: '1.0' },
      });
      expect(board.nodes[1]!.cells).toMatchObject({
        Later: { state: 'queued' },
        App: { state: 'parked', wantedVersion: '1.0', failure: { code: 'hook-failed' } },
      });
    }));
});

describe('events', () => {
  test('begin with the board and tell what changes', () =>
    withCluster(async (cluster) => {
      const [one] = await cluster.nodes(1);
      const service = await cluster.service();
      const second = await EventReader.open(await cluster.service());
      const reader = await EventReader.open(service);
      const { board } = await reader.next('board');
      expect(board).toMatchObject({
        id: reader.received[0]!.id,
        cluster: { revision: 0 },
        nodes: [{ node: 'node-1' }],
      });
      const revision = await cluster.commit('App 1.0');
      await reader.next('revision', (message) => message.revision === revision && !message.converged);
      await reader.next('extensions', ({ extensions }) => extensions[0]?.name === 'App');
      await one!.prove();
      await reader.next('nodes', ({ nodes }) => nodes.some(({ inSync }) => inSync));
      await reader.next('cluster', ({ cluster: { state, converged } }) => state === 'converged' && converged === 1);
      for (const either of [reader, second]) {
        await either.next('revision', (message) => message.revision === revision && message.converged);
        await either.close();
      }
    }));

  test('tell of a proposal that is open, how far each node is, and when it is over', () =>
    withCluster(async (cluster) => {
      const nodes = await cluster.nodes(2);
      for (const node of nodes) await node.enrol(600_000);
      // No look at the catalog for its own sake comes meanwhile.
      const service = await cluster.service({ MUSTER_POLL_INTERVAL: '600s' });
      const reader = await EventReader.open(service);
      expect((await reader.next('board')).board.proposals).toEqual([]);
      const id = await cluster.propose('ana');
      const states = ({ proposals }: MessageOf<'proposals'>): string[] =>
        proposals.flatMap((proposal) => proposal.nodes.map(({ node, state }) => `${node} ${state}`));
      await reader.next('proposals', (message) => states(message).join() === 'node-1 waiting,node-2 waiting');
      await nodes[0]!.stage(id, { state: 'ready' });
      await nodes[1]!.stage(id, { state: 'failed', code: 'disk-full', reason: 'no space is left' });
      const { proposals } = await reader.next(
        'proposals',
        (message) => states(message).join() === 'node-1 ready,node-2 failed',
      );
      expect(proposals).toMatchObject([
        {
          id,
          actor: 'ana',
          state: 'open',
          baseRevision: 0,
          nodes: [{}, { code: 'disk-full', reason: 'no space is left' }],
        },
      ]);
      expect(boardSchema.parse((await get(service, '/board')).body).proposals).toEqual(proposals);
      await cluster.catalog.proposals.void(id, 'ben called it off');
      await reader.next('proposals', (message) => message.proposals.length === 0);
      await reader.close();
    }));

  test('go on behind the last one that was received, or begin anew where that is not known', () =>
    withCluster(async (cluster) => {
      const [one, two] = await cluster.nodes(2);
      const service = await cluster.service();
      const first = await EventReader.open(service);
      await first.next('board');
      await cluster.commit('App 1.0');
      await first.next('extensions');
      await first.close();
      const held = first.received.at(-1)!;
      await one!.prove();
      await two!.prove();
      const other = await EventReader.open(service);
      await other.next('board');
      await waitFor(async () => (await get<BoardSnapshot>(service, '/board')).body.cluster.converged === 2, {
        what: 'convergence',
      });
      const resumed = await EventReader.open(service, held.id);
      await resumed.next('cluster', ({ cluster: { state } }) => state === 'converged');
      expect(resumed.messages.map(({ type }) => type)).not.toContain('board');
      const ids = [held, ...resumed.received].map(({ id }) => Number(id.split('-')[1]));
      expect(ids).toEqual(ids.map((_, index) => ids[0]! + index));
      for (const unknown of ['nonsense', held.id.replace(/^./, 'x'), held.id.replace(/-.*/, '-99999')]) {
        const anew = await EventReader.open(service, unknown);
        const { board } = await anew.next('board');
        expect(board.cluster.state).toBe('converged');
        await anew.close();
      }
      await Promise.all([other.close(), resumed.close()]);
    }));

  test('say that the database is away, with what was known, and when it is back', () =>
    withCluster(async (cluster) => {
      const [one] = await cluster.nodes(1);
      const proxy = await FaultProxy.inFrontOf(cluster.database.url);
      try {
        const url = proxy.urlThrough(cluster.database.urlAs('muster_status'));
        const service = await cluster.service({ DATABASE_URL: url, MUSTER_POLL_INTERVAL: '300ms' });
        await cluster.commit('App 1.0');
        await one!.prove();
        const reader = await EventReader.open(service);
        await waitFor(async () => (await get<BoardSnapshot>(service, '/board')).body.cluster.state === 'converged', {
          what: 'convergence',
        });
        proxy.setNewConnections('reset');
        proxy.reset();
        const { cluster: stale } = await reader.next('cluster', ({ cluster: { fresh } }) => !fresh);
        expect(stale).toMatchObject({ state: 'converged', fresh: false, reason: /does not answer/ });
        const { status, body } = await get<BoardSnapshot>(service, '/board');
        expect([status, body.cluster.fresh, body.nodes.length]).toEqual([200, false, 1]);
        const late = await EventReader.open(service);
        expect((await late.next('board')).board.cluster.fresh).toBe(false);
        const seen = reader.received.length;
        proxy.heal();
        await reader.next('cluster', ({ cluster: { fresh } }) => fresh, seen);
        await Promise.all([reader.close(), late.close()]);
      } finally {
        await proxy.close();
      }
    }));

  test('go stale when the database says nothing at all', () =>
    withCluster(async (cluster) => {
      await cluster.nodes(1);
      const proxy = await FaultProxy.inFrontOf(cluster.database.url);
      try {
        const url = proxy.urlThrough(cluster.database.urlAs('muster_status'));
        const service = await cluster.service({ DATABASE_URL: url, MUSTER_POLL_INTERVAL: '300ms' });
        const reader = await EventReader.open(service);
        await reader.next('board');
        proxy.stall();
        const { cluster: stale } = await reader.next('cluster', ({ cluster: { fresh } }) => !fresh);
        expect(stale.reason).toMatch(/slow to answer|does not answer/);
        await reader.close();
      } finally {
        await proxy.close();
      }
    }));

  test('end with the service, and the last of them leaves nothing behind', () =>
    withCluster(async (cluster) => {
      await cluster.nodes(1);
      const service = await cluster.service();
      const reader = await EventReader.open(service);
      const gone = await EventReader.open(service);
      const watchers = service.app.get(Watchers);
      await waitFor(() => watchers.count === 2, { what: 'both' });
      await gone.close();
      await waitFor(() => watchers.count === 1, { what: 'the one that stays' });
      expect(await service.close()).toEqual([]);
      await waitFor(() => reader.ended, { what: 'the end of the stream' });
    }));

  test('are refused to more than it can serve, with the time to come back', () =>
    withCluster(async (cluster) => {
      await cluster.nodes(1);
      const service = await cluster.service();
      await waitFor(async () => (await get(service, '/board')).status === 200, { what: 'the board' });
      Object.assign(service.app.get(Watchers), { limit: 1 });
      const reader = await EventReader.open(service);
      const answer = await fetch(`${service.url}/events`);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
      expect(await answer.json()).toMatchObject({ code: 'too-many-watchers', limit: 1 });
      await reader.close();
      await waitFor(async () => (await EventReader.open(service)).close().then(() => true), { what: 'a place' });
    }));
});
