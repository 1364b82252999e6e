import { describe, expect, test } from 'vitest';
import { boardNode, NOW, SHA } from '../spec/answers.js';
import { fakeServices, refusal } from '../spec/fake-services.js';
import { tryMuster } from '../spec/try-muster.js';

describe('orders', () => {
  const order = (state: string, result?: unknown) => ({
    json: {
      id: '5',
      node: 'node-1',
      kind: 'resync',
      state,
      actor: 'a',
      createdAt: NOW,
      expiresAt: NOW,
      ...(result ? { result } : {}),
    },
  });
  const parked = {
    verified: ['Foo'],
    differing: ['Foo'],
    brought: [],
    parked: [{ extension: 'Foo', reason: 'hook-failed: no' }],
  };

  test.each([
    ['done', { verified: ['Foo'], differing: [], brought: [], parked: [] }, 0],
    ['done', parked, 4],
    ['expired', undefined, 5],
    ['open', undefined, 5],
  ])('%s %j ends with %i', async (state, result, code) => {
    const { url, asked } = await fakeServices({
      'POST /nodes/node-1/orders': { ...order('open'), status: 202 },
      'GET /nodes/node-1/orders/5': [order('open'), order(state, result)],
    });
    const tried = await tryMuster(['resync', 'node-1', 'Foo', '--timeout', '800ms', '--url', url]);
    expect(tried.exitCode).toBe(code);
    expect(JSON.parse(asked[0]!.body.toString())).toEqual({ kind: 'resync', extensions: ['Foo'] });
  });
});

describe('replay', () => {
  const plan = {
    node: 'node-1',
    revision: 7,
    chain: SHA,
    install: ['Foo'],
    remove: [],
    deploy: [],
    skip: 0,
    bytes: 10,
  };
  const preview = { planDigest: SHA, from: 1, to: 7, nodes: [plan], unplanned: [] };
  const started = { ...preview, id: '9', events: 3 };
  const view = (state: string) => ({
    json: {
      id: '9',
      from: 1,
      to: 7,
      redeploy: false,
      actor: 'a',
      createdAt: NOW,
      expiresAt: NOW,
      events: 3,
      ended: state !== 'waiting',
      nodes: [{ node: 'node-1', state }],
    },
  });

  test('shows the plan first, and does exactly that when it is agreed to', async () => {
    const { url, asked } = await fakeServices({
      'POST /replays': [{ json: preview }, { status: 202, json: started }],
      'GET /replays/9': view('done'),
    });
    const { exitCode, stdout } = await tryMuster(['replay', '--from', '1', '--url', url], {
      terminal: true,
      typed: 'y\n',
    });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Replayed on 1 node')]);
    const bodies = asked
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => JSON.parse(body.toString()) as object);
    expect(bodies).toEqual([
      { from: 1, redeploy: false, preview: true },
      { from: 1, redeploy: false, planDigest: SHA },
    ]);
  });

  test.each([
    ['done', 0],
    ['parked', 4],
    ['plan-changed', 4],
    ['waiting', 5],
  ])('%s ends with %i', async (state, code) => {
    const { url } = await fakeServices({
      'POST /replays': { status: 202, json: started },
      'GET /replays/9': view(state),
    });
    expect((await tryMuster(['replay', '--from', '1', '--timeout', '400ms', '--url', url])).exitCode).toBe(code);
  });
});

test('a replay that only absent nodes have not ended is told as such', async () => {
  const part = { id: '9', from: 1, to: 7, redeploy: false, actor: 'a', createdAt: NOW, expiresAt: NOW, events: 3 };
  const { url } = await fakeServices({
    'POST /replays': {
      status: 202,
      json: { planDigest: SHA, from: 1, to: 7, nodes: [], unplanned: [], id: '9', events: 3 },
    },
    'GET /replays/9': { json: { ...part, ended: false, nodes: [{ node: 'node-1', state: 'waiting' }] } },
    'GET /nodes': { json: { revision: 7, nodes: [boardNode('node-1', { state: 'offline' })] } },
  });
  const { exitCode, stderr } = await tryMuster(['replay', '--from', '1', '--timeout', '400ms', '--url', url]);
  expect([exitCode, stderr]).toEqual([6, expect.stringContaining('(absent)')]);
});

test('turns are shown and set, and nodes told to go on', async () => {
  const { url, asked } = await fakeServices({
    'GET /settings/max-deploying': { json: { maxDeploying: 1 } },
    'PUT /settings/max-deploying': { json: { maxDeploying: 2, set: { at: NOW, actor: 'a' } } },
    'DELETE /settings/max-deploying': { json: { maxDeploying: 1 } },
    'POST /extensions/Foo/proceed': { json: { extension: 'Foo', nodes: ['node-2'] } },
  });
  const at = ['--url', url];
  expect((await tryMuster(['max-deploying', ...at])).stdout).toContain('At most one node runs');
  expect((await tryMuster(['max-deploying', '2', ...at])).stdout).toContain('set by a');
  expect((await tryMuster(['max-deploying', 'default', ...at])).exitCode).toBe(0);
  expect((await tryMuster(['max-deploying', '0', ...at])).exitCode).toBe(2);
  expect((await tryMuster(['proceed', 'Foo', ...at])).stdout).toContain('though it failed on node-2');
  expect(asked.filter(({ method }) => method === 'PUT').map(({ body }) => body.toString())).toEqual([
    '{"maxDeploying":2}',
  ]);
});

test('holds are set and ended', async () => {
  const hold = { since: NOW, actor: 'a', reason: 'why not' };
  const { url, asked } = await fakeServices({
    'PUT /freeze': { json: { frozen: hold } },
    'DELETE /freeze': { json: {} },
    'PUT /nodes/node-1/pause': { json: { node: 'node-1', paused: hold } },
    'DELETE /nodes/node-1/pause': { json: { node: 'node-1' } },
    'DELETE /nodes/node-1': refusal(409, 'node-live'),
  });
  const at = ['--url', url];
  expect((await tryMuster(['freeze', '--reason', 'why not', ...at])).exitCode).toBe(0);
  expect((await tryMuster(['unfreeze', ...at])).exitCode).toBe(0);
  expect((await tryMuster(['pause', 'node-1', '--reason', 'why not', ...at])).exitCode).toBe(0);
  expect((await tryMuster(['resume', 'node-1', ...at])).exitCode).toBe(0);
  expect((await tryMuster(['retire', 'node-1', ...at])).exitCode).toBe(3);
  expect(asked.filter(({ method }) => method === 'PUT').map(({ body }) => body.toString())).toEqual([
    '{"reason":"why not"}',
    '{"reason":"why not"}',
  ]);
});
