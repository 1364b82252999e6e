import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';
import { describe, expect, test } from 'vitest';
import { board, boardNode, convergence, detail, imported, NOW, SHA } from '../spec/answers.js';
import { fakeServices, refusal } from '../spec/fake-services.js';
import { tryMuster } from '../spec/try-muster.js';

describe('status', () => {
  const status = async (snapshot: unknown, ...more: string[]) => {
    const { url } = await fakeServices({ 'GET /board': { json: snapshot } });
    return tryMuster(['status', '--url', url, ...more]);
  };

  test('is one calm line where all is well', async () => {
    const { stdout, exitCode } = await status(board());
    expect([exitCode, stdout]).toEqual([
      0,
      'Converged at revision 7 on 1 node, proven 4.0 s ago.\n1 extension (muster list shows them)\n',
    ]);
  });

  test('says what is wrong, where, since when and why', async () => {
    const failure = { code: 'hook-failed', detail: 'deploy hook exited 3: "licence missing"', at: NOW };
    const parked = boardNode('node-7', {
      revision: 6,
      inSync: false,
      parked: 1,
      lagRevisions: 2,
      lagSeconds: 360,
      cells: { Foo: { state: 'parked', since: NOW, failure, nextAttempt: '2026-11-24T10:06:40.000Z' } },
    });
    const { stdout } = await status(board({ state: 'failed', converged: 1 }, [boardNode('node-1'), parked]));
    expect(stdout.split('\n')).toEqual([
      'Not converged: 1 of 2 nodes behind revision 7, for 6 min.',
      expect.stringMatching(/^NODE +REVISION +STATE +BEHIND +WHY$/),
      expect.stringMatching(
        /^node-7 +6 +parked +2 revisions, 6 min +Foo: deploy hook exited 3: "licence missing"; next try in 40 s$/,
      ),
      '1 node in sync (muster nodes shows all)',
      '',
    ]);
  });

  test('says that it is frozen, that the database is away, and that nothing is imported yet', async () => {
    const frozen = { since: NOW, actor: 'ana', reason: 'release day' };
    expect((await status(board({ frozen, fresh: false }))).stdout).toMatch(
      /database is away: this is what was known[\s\S]*Frozen by ana 6 min ago: release day/,
    );
    expect((await status(board({ revision: 0 }))).stdout).toContain('Begin with: muster import YOUR.zip');
    expect((await status(board({}, []))).stdout).toContain('No node has enrolled yet.');
  });

  test('--quiet prints the state, --json the board', async () => {
    expect((await status(board(), '--quiet')).stdout).toBe('converged\n');
    expect(JSON.parse((await status(board(), '--json')).stdout)).toEqual(board());
  });
});

describe('wait', () => {
  const wait = async (
    state: 'converged' | 'failed' | 'syncing' | 'absent' | 'superseded' | 'timed-out',
    ...more: string[]
  ) => {
    const { url, asked } = await fakeServices({
      'GET /convergence': { json: convergence(state, { 'node-1': 'syncing' }) },
    });
    return { asked, ...(await tryMuster(['wait', '--url', url, '--timeout', '300ms', ...more])) };
  };

  test.each([
    ['converged', 0],
    ['failed', 4],
    ['syncing', 5],
    ['timed-out', 5],
    ['absent', 6],
    ['superseded', 7],
  ] as const)('%s ends with %i', async (state, code) => {
    expect((await wait(state, '--revision', '7')).exitCode).toBe(code);
  });

  test('hands on nodes and quorum, and a document with the state', async () => {
    const { asked, stdout } = await wait(
      'failed',
      '--revision',
      '7',
      '--nodes',
      'node-1,node-2',
      '--quorum',
      'majority',
      '--json',
    );
    const query = Object.fromEntries(asked[0]!.url.searchParams);
    expect(query).toEqual({ revision: '7', nodes: 'node-1,node-2', quorum: 'majority' });
    expect(JSON.parse(stdout)).toMatchObject({ state: 'failed', revision: 7, error: { exitCode: 4 } });
  });

  test('an outage is waited out; one that stays is told', async () => {
    const away = refusal(503, 'database-away');
    const well = { json: convergence('converged', { 'node-1': 'converged' }) };
    const back = await fakeServices({ 'GET /convergence': [away, well] });
    expect((await tryMuster(['wait', '--timeout', '20s', '--url', back.url])).exitCode).toBe(0);
    const gone = await fakeServices({ 'GET /convergence': away });
    const { exitCode, stderr } = await tryMuster(['wait', '--timeout', '1200ms', '--url', gone.url]);
    expect([exitCode, stderr]).toEqual([8, expect.stringContaining('database-away')]);
  });

  test('an unknown revision is a refusal', async () => {
    const { url } = await fakeServices({ 'GET /convergence': refusal(404, 'revision-unknown') });
    expect((await tryMuster(['wait', '--revision', '99', '--url', url])).exitCode).toBe(3);
  });
});

describe('remove', () => {
  const routes = {
    'GET /extensions/Foo': { json: detail(SHA, 10) },
    'DELETE /extensions/Foo': {
      json: { ...imported(), changes: [{ action: 'remove', extension: 'Foo', version: '1.0.0', sha256: SHA }] },
    },
    'GET /convergence': { json: convergence('converged', { 'node-1': 'converged' }) },
  };

  test('asks for the name on a terminal', async () => {
    const { url, asked } = await fakeServices(routes);
    const no = await tryMuster(['remove', 'Foo', '--url', url], { terminal: true, typed: 'foo\n' });
    expect([no.exitCode, no.stderr]).toEqual([3, expect.stringContaining('was called off')]);
    expect(asked.some(({ method }) => method === 'DELETE')).toBe(false);
    const yes = await tryMuster(['remove', 'Foo', '--url', url], { terminal: true, typed: 'Foo\n' });
    expect([yes.exitCode, yes.stdout]).toEqual([0, expect.stringContaining('committed as revision 7')]);
  });

  test('does not ask with --yes', async () => {
    const { url, asked } = await fakeServices(routes);
    expect((await tryMuster(['remove', 'Foo', '--yes', '--purge', '--url', url])).exitCode).toBe(0);
    expect(asked[0]?.url.search).toBe('?purge=true');
  });
});

describe('export', () => {
  const bytes = Buffer.from('the bytes of a zip');
  const sha256 = createHash('sha256').update(bytes).digest('hex');

  test('writes the bytes whose sha256 is right, and nothing else', async () => {
    const directory = await temporaryDirectory('export');
    const { url } = await fakeServices({
      'GET /extensions/Foo': { json: detail(sha256, bytes.length) },
      [`GET /packages/${sha256}`]: [{ text: bytes.toString() }, { text: 'other bytes' }],
    });
    const good = await tryMuster(['export', 'Foo', '--url', url, '--quiet'], { directory });
    expect([good.exitCode, good.stdout]).toEqual([0, 'Foo_1.0.0.zip\n']);
    expect(await readFile(path.join(directory, 'Foo_1.0.0.zip'))).toEqual(bytes);
    const bad = await tryMuster(['export', 'Foo', '--output', 'bad.zip', '--url', url], { directory });
    expect([bad.exitCode, bad.stderr]).toEqual([1, expect.stringContaining('checksum-mismatch')]);
    expect(await readdir(directory)).toEqual(['Foo_1.0.0.zip']);
    const nowhere = await tryMuster(['export', 'Foo', '--output', 'no/such/x.zip', '--url', url], { directory });
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([1, expect.stringContaining('there is no such directory')]);
  });

  test('of an unknown version names those that there are', async () => {
    const { url } = await fakeServices({ 'GET /extensions/Foo': { json: detail(sha256, 1) } });
    const { exitCode, stderr } = await tryMuster(['export', 'Foo', '--version', '9.9', '--url', url]);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('It has 1.0.0.')]);
  });
});

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
