import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { Interrupted } from '../failure.js';
import { convergence, imported, NOW } from '../spec/answers.js';
import { fakeServices, refusal, type Reply, type Routes } from '../spec/fake-services.js';
import { tryMuster } from '../spec/try-muster.js';

const CONVERGED: Reply = { json: convergence('converged', { 'node-1': 'converged', 'node-2': 'converged' }) };
const ACCEPTED: Reply = { status: 201, json: imported() };

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory('packages');
  await writeFile(path.join(directory, 'a.zip'), 'bytes of a');
  await writeFile(path.join(directory, 'b.zip'), 'bytes of b');
});

async function importing(routes: Routes, ...args: string[]) {
  const services = await fakeServices({ 'POST /imports': ACCEPTED, 'GET /convergence': CONVERGED, ...routes });
  const tried = await tryMuster(['import', ...args, '--url', services.url], { directory });
  return { ...services, ...tried };
}

test('sends the bytes with their length, and tells of each node', async () => {
  const bytes = randomBytes(3_000_000);
  await writeFile(path.join(directory, 'large.zip'), bytes);
  const { exitCode, stdout, stderr, asked } = await importing({}, 'large.zip');
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(asked[0]?.headers).toMatchObject({ 'content-length': '3000000', 'content-type': 'application/zip' });
  expect(asked[0]?.headers['expect']).toBeUndefined();
  expect(createHash('sha256').update(asked[0]!.body).digest('hex')).toBe(
    createHash('sha256').update(bytes).digest('hex'),
  );
  expect(stdout).toMatch(/Foo 1.0.0 +install +committed as revision 7/);
  expect(stdout).toMatch(/node-1 +installed +0.\d s\n +node-2 +installed/);
  expect(stdout).toMatch(/Converged at revision 7 on 2 of 2 nodes in 0.\d s.\n$/);
});

test('an answer that comes before the upload has ended is read', async () => {
  await writeFile(path.join(directory, 'large.zip'), randomBytes(30_000_000));
  const early: Reply = (request, response) => {
    request.once('data', () => {
      request.pause();
      const body = JSON.stringify({ type: 'x', title: 'x', status: 413, code: 'zip-too-large', detail: 'too large' });
      response.writeHead(413, { 'content-type': 'application/problem+json' }).end(body);
      response.once('finish', () => request.resume());
    });
  };
  const { exitCode, stderr } = await importing({ 'POST /imports': early }, 'large.zip');
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('large.zip was refused (zip-too-large)')]);
});

test('an empty file is sent as one', async () => {
  await writeFile(path.join(directory, 'empty.zip'), '');
  const { exitCode, stderr } = await importing({ 'POST /imports': refusal(400, 'empty-body') }, 'empty.zip');
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('empty.zip was refused (empty-body)')]);
});

describe('how it ends', () => {
  test.each([
    ['failed', { 'node-1': 'converged', 'node-2': 'failed' }, 4],
    ['superseded', { 'node-1': 'syncing' }, 7],
    ['syncing', { 'node-1': 'syncing' }, 5],
    ['absent', { 'node-1': 'converged', 'node-2': 'absent' }, 6],
  ] as const)('%s', async (state, nodes, code) => {
    const { exitCode, stderr, stdout } = await importing(
      { 'GET /convergence': { json: convergence(state, nodes) } },
      'a.zip',
      '--timeout',
      '600ms',
    );
    expect(exitCode).toBe(code);
    expect(stderr).toMatch(/^muster: revision 7 .*\(.*\): it is /);
    if (state === 'failed') expect(stdout).toMatch(/node-2 +failed +node-2 is failed/);
  });

  test('a failure tells why, with what clears it', async () => {
    const cause = {
      cause: 'hook-failed',
      text: 'the hook of Foo exited 3',
      node: 'node-2',
      since: NOW,
      attempts: 5,
      remedy: 'mend it',
      command: 'muster retry node-2 Foo',
    };
    const why = { revision: 7, ok: false, text: 'the hook of Foo exited 3', causes: [cause], at: NOW };
    const failed = { json: convergence('failed', { 'node-2': 'failed' }) };
    const { stderr } = await importing({ 'GET /convergence': failed, 'GET /why': { json: why } }, 'a.zip');
    expect(stderr).toMatch(/To clear it: mend it\n +\$ muster retry node-2 Foo/);
    expect(stderr).toContain('5 attempts');
  });

  test('committed stays committed where nobody can say how it stands', async () => {
    const { exitCode, stderr } = await importing({ 'GET /convergence': refusal(401, 'unauthenticated') }, 'a.zip');
    expect([exitCode, stderr]).toEqual([5, expect.stringContaining('revision 7 is committed')]);
  });

  test('a moment without an answer is waited out', async () => {
    const routes = { 'GET /convergence': [refusal(503, 'database-away'), CONVERGED] };
    expect((await importing(routes, 'a.zip')).exitCode).toBe(0);
  });

  test('nothing to do is said', async () => {
    const { exitCode, stdout } = await importing(
      { 'POST /imports': { json: { ...imported(), changes: [] } } },
      'a.zip',
    );
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('nothing to do')]);
  });
});

describe('several', () => {
  test('are imported in order; each is waited for', async () => {
    const { exitCode, asked, stdout } = await importing(
      {
        'POST /imports': [
          { status: 201, json: imported(7, 'A') },
          { status: 201, json: imported(8, 'B') },
        ],
      },
      'a.zip',
      'b.zip',
      '--json',
    );
    expect(exitCode).toBe(0);
    const posts = asked.filter(({ method }) => method === 'POST');
    expect(posts.map(({ body }) => body.toString())).toEqual(['bytes of a', 'bytes of b']);
    const revisions = asked.filter(({ method }) => method === 'GET').map(({ url }) => url.searchParams.get('revision'));
    expect(new Set(revisions)).toEqual(new Set(['7', '8']));
    expect(JSON.parse(stdout)).toMatchObject({
      imports: [
        { file: 'a.zip', revision: 7 },
        { file: 'b.zip', revision: 8 },
      ],
      convergence: { state: 'converged' },
    });
  });

  test('of one extension: the later one supersedes the earlier, which is as it should be', async () => {
    const services = {
      'POST /imports': [ACCEPTED, { status: 201, json: imported(8) }],
      'GET /convergence': [
        { json: convergence('superseded', { 'node-1': 'syncing' }) },
        { json: convergence('converged', { 'node-1': 'converged' }, 8) },
      ],
    };
    expect((await importing(services, 'a.zip', 'b.zip')).exitCode).toBe(0);
  });

  test('end at the first refusal; what came before it is committed and followed', async () => {
    const { exitCode, asked, stderr, stdout } = await importing(
      { 'POST /imports': [ACCEPTED, refusal(422, 'zip-slip'), ACCEPTED] },
      'a.zip',
      'b.zip',
      'a.zip',
    );
    expect(exitCode).toBe(3);
    expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(2);
    expect(stderr).toContain('b.zip was refused (zip-slip)');
    expect(stderr).toContain('1 more file was not imported');
    expect(stdout).toContain('Converged at revision 7');
  });

  test('are all looked at before the first is sent', async () => {
    const { exitCode, asked } = await importing({}, 'a.zip', 'missing.zip');
    expect([exitCode, asked.length]).toEqual([2, 0]);
  });
});

test('--no-wait ends with the commit, --quiet prints the revision', async () => {
  const { stdout, asked, exitCode } = await importing({}, 'a.zip', '--no-wait', '--quiet');
  expect([exitCode, stdout, asked.length]).toEqual([0, '7\n', 1]);
});

test('on a terminal a bar is drawn and taken away again', async () => {
  await writeFile(path.join(directory, 'large.zip'), randomBytes(2_000_000));
  const { url } = await fakeServices({ 'POST /imports': ACCEPTED, 'GET /convergence': CONVERGED });
  const { stderr, stdout } = await tryMuster(['import', 'large.zip', '--url', url], { directory, terminal: true });
  expect(stderr).toMatch(/░/);
  expect(stderr.endsWith('\r\u001b[K')).toBe(true);
  expect(stdout).not.toMatch(/░/);
});

test('Ctrl-C while nodes are waited for says what goes on, and ends with 130', async () => {
  const interrupt = new AbortController();
  const syncing: Reply = (_request, response) => {
    response.end(JSON.stringify(convergence('syncing', { 'node-1': 'syncing' })));
    interrupt.abort(new Interrupted());
  };
  const { url } = await fakeServices({ 'POST /imports': ACCEPTED, 'GET /convergence': syncing });
  const { exitCode, stderr } = await tryMuster(['import', 'a.zip', '--url', url], {
    directory,
    interrupt: interrupt.signal,
  });
  expect([exitCode, stderr]).toEqual([
    130,
    expect.stringContaining('Revision 7 is committed, and the nodes go on without you'),
  ]);
});

test('Ctrl-C while a package is sent ends the connection', async () => {
  const interrupt = new AbortController();
  let gone = false;
  const slow: Reply = (request) => {
    request.socket.once('close', () => (gone = true));
    request.resume();
    interrupt.abort(new Interrupted());
  };
  const { url } = await fakeServices({ 'POST /imports': slow });
  const { exitCode, stderr } = await tryMuster(['import', 'a.zip', '--url', url], {
    directory,
    interrupt: interrupt.signal,
  });
  expect([exitCode, stderr]).toEqual([130, expect.stringContaining('was called off')]);
  await expect.poll(() => gone).toBe(true);
});
