import type { BoardMessage } from '@muster/contracts';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { Interrupted } from '../failure.js';
import { board, boardNode, PROPOSAL, proposal } from '../spec/answers.js';
import { fakeServices, refusal, type Reply } from '../spec/fake-services.js';
import { tryMuster } from '../spec/try-muster.js';
import { afterMessage } from './board-state.js';

test('messages bring the board up to date', () => {
  const first = afterMessage(undefined, { type: 'board', board: board() });
  expect(afterMessage(undefined, { type: 'nodes', nodes: [], gone: [] })).toBeUndefined();
  const more = afterMessage(first, {
    type: 'nodes',
    nodes: [boardNode('node-0'), boardNode('node-1', { revision: 8 })],
    gone: [],
  });
  expect(more?.nodes.map(({ node, revision }) => [node, revision])).toEqual([
    ['node-0', 7],
    ['node-1', 8],
  ]);
  expect(afterMessage(more, { type: 'nodes', nodes: [], gone: ['node-0'] })?.nodes).toHaveLength(1);
  expect(afterMessage(first, { type: 'cluster', cluster: { ...board().cluster, revision: 9 } })?.cluster.revision).toBe(
    9,
  );
  expect(afterMessage(first, { type: 'beat', at: board().cluster.at })).toEqual(first);
});

function send(response: ServerResponse, id: string, message: BoardMessage): void {
  response.write(`id: ${id}\ndata: ${JSON.stringify(message)}\n\n`);
}

test('a watch takes up again behind the last message it had, and writes JSON lines', async () => {
  const interrupt = new AbortController();
  const first: Reply = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send(response, '1-1', { type: 'board', board: board() });
    response.end();
  };
  const second: Reply = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send(response, '1-2', { type: 'nodes', nodes: [boardNode('node-1', { inSync: false, revision: 6 })], gone: [] });
    setImmediate(() => interrupt.abort(new Interrupted()));
  };
  const { url, asked } = await fakeServices({ 'GET /events': [first, refusal(503, 'database-away'), second] });
  const { exitCode, stdout, stderr } = await tryMuster(['status', '--watch', '--json', '--url', url], {
    interrupt: interrupt.signal,
  });
  expect(exitCode).toBe(130);
  expect(asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1-1', '1-1']);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as BoardMessage).type);
  expect(lines[0]).toBe('board');
  expect(stderr).toContain('the status-service is lost');
});

test('a watch without a terminal says each change once', async () => {
  const interrupt = new AbortController();
  const events: Reply = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send(response, '1', { type: 'board', board: board() });
    send(response, '2', { type: 'nodes', nodes: [boardNode('node-1')], gone: [] });
    send(response, '3', {
      type: 'nodes',
      nodes: [boardNode('node-1', { state: 'offline', reason: 'silent' })],
      gone: [],
    });
    send(response, '4', { type: 'proposals', proposals: [proposal({ 'node-1': 'staging' })] });
    send(response, '5', { type: 'proposals', proposals: [proposal({ 'node-1': 'staging' })] });
    send(response, '6', { type: 'proposals', proposals: [proposal({ 'node-1': 'ready' })] });
    send(response, '7', { type: 'proposals', proposals: [] });
    setTimeout(() => interrupt.abort(new Interrupted()), 100);
  };
  const { url } = await fakeServices({ 'GET /events': events });
  const { stdout } = await tryMuster(['status', '--watch', '--url', url], { interrupt: interrupt.signal });
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\S+ \S+ /, '')),
  ).toEqual([
    'cluster converged at revision 7, 1 of 1 nodes',
    'node-1 in sync at revision 7',
    'node-1 offline at revision 7: silent',
    'install Foo 1.0.0, by ana, is activated when all nodes are ready: 0 of 1 node are ready',
    'install Foo 1.0.0, by ana, is activated when all nodes are ready: 1 of 1 node is ready',
    `proposal ${PROPOSAL} is over`,
  ]);
});

test('a watch of a place that is not there ends at once', async () => {
  expect((await tryMuster(['status', '--watch', '--url', 'http://127.0.0.1:1'])).exitCode).toBe(1);
});
