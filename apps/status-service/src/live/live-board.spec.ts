import { boardSchema, type BoardSnapshot } from '@muster/contracts';
import { waitFor } from '@muster/testing';
import { describe, expect, test } from 'vitest';
import { get, TestCluster } from '../spec/cluster.js';
import { EventReader } from '../spec/event-reader.js';
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
      await reader.next('revision', (message) => message.revision === revision && message.converged);
      await reader.close();
    }));
});
