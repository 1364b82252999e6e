import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { Interrupted } from '../failure.js';
import { convergence, imported, proposal, PROPOSAL } from '../spec/answers.js';
import { fakeServices, refusal, type Reply, type Routes } from '../spec/fake-services.js';
import { tryMuster, type TryOptions } from '../spec/try-muster.js';

const UNKNOWN = refusal(404, 'proposal-unknown');
const ACTIVATED: Reply = { status: 201, json: { ...imported(), proposal: PROPOSAL } };
const SETTLED: Reply = {
  json: proposal(
    { 'node-1': 'ready', 'node-2': 'ready' },
    { state: 'activated', revision: 7, settledAt: '2026-11-24T10:00:02.100Z' },
  ),
};
const DISK_FULL = { state: 'failed', code: 'disk-full', reason: 'it needs 900 MB' } as const;

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory('packages');
  for (const name of ['a.zip', 'b.zip']) await writeFile(path.join(directory, name), `bytes of ${name}`);
});

/** An import that is answered once all the looks have been answered, whose last reply stands from then on. */
async function activating(looks: readonly Reply[], answer: Reply, args: readonly string[], options: TryOptions = {}) {
  let answerImport: () => void = () => undefined;
  const looked = new Promise<void>((resolve) => (answerImport = resolve));
  const ended: Reply = (_request, response) => {
    answerImport();
    send(response, looks.at(-1)!);
  };
  const held: Reply = (request, response) => {
    request.resume();
    void looked.then(() => send(response, answer));
  };
  return muster({ 'POST /imports': held, 'GET /proposals/*': [...looks, ended] }, args, options);
}

async function muster(routes: Routes, args: readonly string[], options: TryOptions = {}) {
  const services = await fakeServices({
    'GET /convergence': { json: convergence('converged', { 'node-1': 'converged', 'node-2': 'converged' }) },
    ...routes,
  });
  const all = ['import', 'a.zip', '--activate', 'together', ...args, '--url', services.url];
  return { ...services, ...(await tryMuster(all, { directory, ...options })) };
}

type Response = Parameters<Extract<Reply, (...all: never[]) => void>>[1];

function send(response: Response, reply: Reply): void {
  if (typeof reply === 'function') throw new Error('only a reply that is data');
  const type = (reply.status ?? 200) >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(reply.status ?? 200, { 'content-type': type }).end(JSON.stringify(reply.json));
}

describe('while the nodes get ready', () => {
  const looks: Reply[] = [
    UNKNOWN,
    { json: proposal({ 'node-1': 'waiting', 'node-2': 'staging' }) },
    { json: proposal({ 'node-1': 'staging', 'node-2': DISK_FULL }) },
    { json: proposal({ 'node-1': 'ready', 'node-2': DISK_FULL }) },
    SETTLED,
  ];

  test('each change of a node is a line, and what follows is an import like any other', async () => {
    const { exitCode, stdout, stderr, asked } = await activating(looks, ACTIVATED, ['--force', '--deadline', '90s']);
    expect([exitCode, stderr]).toEqual([0, '']);
    const { searchParams } = asked.find(({ method }) => method === 'POST')!.url;
    expect(Object.fromEntries(searchParams)).toEqual({
      activate: 'together',
      deadline: '90000ms',
      force: 'true',
      proposal: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const paths = asked.filter(({ url }) => url.pathname.startsWith('/proposals')).map(({ url }) => url.pathname);
    expect(new Set(paths)).toEqual(new Set([`/proposals/${searchParams.get('proposal')}`]));
    const [sent, ...lines] = stdout.trimEnd().split('\n');
    expect(sent).toMatch(/^ {2}a\.zip {3}14 B in /);
    expect(lines.slice(0, 6)).toEqual([
      '  node-2      staging     fetches, unpacks and checks',
      '  node-1      staging     fetches, unpacks and checks',
      '  node-2      failed      (disk-full) it needs 900 MB',
      '  node-1      ready',
      '  node-2      ready',
      '  ready on 2 nodes after 2.1 s, and activated on all together',
    ]);
    expect(lines[6]).toContain('committed as revision 7');
    expect(lines.at(-1)).toContain('Converged at revision 7 on 2 of 2 nodes');
  });

  test('a terminal has one table, which is taken away again', async () => {
    const { exitCode, stdout, stderr } = await activating(looks, ACTIVATED, [], { terminal: true });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/Foo 1\.0\.0.*0 of 2 nodes are ready.* left\n.*NODE.*STATE.*SINCE.*WHY/);
    expect(stderr).toMatch(/node-2 +.*failed.* (\(disk-full\) it needs 900 MB)/);
    // The second picture comes over the four lines of the first.
    expect(stderr).toContain('\u001b[3A\r');
    expect(stderr.endsWith('\r\u001b[J') || stderr.endsWith('\r\u001b[K')).toBe(true);
    expect(stdout).not.toContain('disk-full');
    expect(stdout).toContain('ready on 2 nodes');
  });

  test('--json is one document, --quiet the revision', async () => {
    const json = await activating(looks, ACTIVATED, ['--json']);
    expect(json.stderr).toBe('');
    expect(JSON.parse(json.stdout)).toMatchObject({ imports: [{ file: 'a.zip', revision: 7, proposal: PROPOSAL }] });
    const quiet = await activating([SETTLED], ACTIVATED, ['--quiet'], { terminal: true });
    expect([quiet.stdout, quiet.stderr]).toEqual(['7\n', '']);
  });

  test('that nobody tells of the nodes does not undo what is activated', async () => {
    const { exitCode, stdout } = await activating([refusal(500, 'internal-error')], ACTIVATED, []);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Converged at revision 7')]);
  });
});

test('where there is nothing to do nothing is proposed', async () => {
  const { exitCode, stdout } = await muster({ 'POST /imports': { json: { ...imported(), changes: [] } } }, []);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('nothing to do')]);
});

test('several files are proposed one after the other, or together as one', async () => {
  const routes = { 'POST /imports': ACTIVATED, 'GET /proposals/*': SETTLED };
  const proposalsOf = async (...args: string[]) => {
    const { asked } = await muster(routes, args);
    const posts = asked.filter(({ method }) => method === 'POST');
    return posts.map(({ url }) => url.searchParams.get('proposal'));
  };
  expect(new Set(await proposalsOf('b.zip')).size).toBe(2);
  expect(await proposalsOf('b.zip', '--together')).toHaveLength(1);
});

test('a second attempt proposes anew', async () => {
  const stopping = refusal(503, 'service-stopping', {}, { 'retry-after': '0' });
  const routes = { 'POST /imports': [stopping, ACTIVATED], 'GET /proposals/*': SETTLED };
  const { exitCode, asked } = await muster(routes, []);
  const posts = asked.filter(({ method }) => method === 'POST');
  expect(exitCode).toBe(0);
  expect(new Set(posts.map(({ url }) => url.searchParams.get('proposal'))).size).toBe(2);
  const looked = asked.find(({ url }) => url.pathname.startsWith('/proposals/'))?.url.pathname;
  expect(looked).toBe(`/proposals/${posts.at(-1)?.url.searchParams.get('proposal')}`);
});

describe('what comes to nothing', () => {
  const nodes = proposal({
    'node-1': 'ready',
    'node-2': DISK_FULL,
    'node-3': { state: 'absent', code: 'node-offline', reason: 'was stopped' },
  }).nodes;

  test('says which nodes were not ready, and why', async () => {
    const more = {
      limit: '60 s',
      actual: '1 of 3 nodes ready',
      step: 'ready',
      undone: ['the proposal was called off'],
    };
    const refused = refusal(409, 'not-all-ready', { nodes, ...more });
    const { exitCode, stderr } = await activating([{ json: proposal({}) }], refused, []);
    expect(exitCode).toBe(8);
    expect(stderr).toBe(`muster: a.zip was refused (not-all-ready): 1 of 3 nodes ready within 60 s.
  node-2   failed   (disk-full) it needs 900 MB
  node-3   absent   was stopped
  1 node was ready
Nothing was changed anywhere. Mend, resume or retire those nodes, or give them longer with --deadline, and import again. Without --activate each node takes it as soon as it can.
`);
    const json = await activating([{ json: proposal({}) }], refused, ['--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'not-all-ready', exitCode: 8, nodes } });
  });

  test('by another person who called it off', async () => {
    const refused = refusal(409, 'proposal-void', { nodes, detail: 'ben called it off', remedy: 'ask ben' });
    const { exitCode, stderr } = await activating([{ json: proposal({ 'node-1': 'staging' }) }], refused, []);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('(proposal-void): ben called it off.');
    expect(stderr).toContain('Nothing was changed anywhere. Ask ben.');
    expect(stderr).not.toContain('disk-full');
  });
});

test('where the answer is lost it says who knows', async () => {
  let cut = (): void => undefined;
  const routes: Routes = {
    'POST /imports': (request) => {
      request.resume();
      cut = () => request.socket.destroy();
    },
    'GET /proposals/*': [
      { json: proposal({ 'node-1': 'staging' }) },
      (_request, response) => {
        send(response, SETTLED);
        cut();
      },
    ],
  };
  const { exitCode, stderr } = await muster(routes, []);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/\(not-reached\).*cut.*\n"muster proposals [0-9a-f-]{36}" tells what becomes of it\.\n$/);
});

describe('Ctrl-C', () => {
  const interrupted = async (look: Reply, calledOff: Reply, later: Reply = look) => {
    const interrupt = new AbortController();
    let gone = false;
    const routes: Routes = {
      'POST /imports': (request) => {
        request.resume();
        request.socket.once('close', () => (gone = true));
      },
      'GET /proposals/*': [
        (_request, response) => {
          send(response, look);
          interrupt.abort(new Interrupted());
        },
        later,
      ],
      'DELETE /proposals/*': calledOff,
    };
    const tried = await muster(routes, [], { interrupt: interrupt.signal });
    const id = tried.asked.find(({ method }) => method === 'POST')?.url.searchParams.get('proposal');
    const called = tried.asked.filter(({ method }) => method === 'DELETE').map(({ url }) => url.pathname);
    expect(called).toEqual([`/proposals/${id}`]);
    await expect.poll(() => gone).toBe(true);
    expect(tried.exitCode).toBe(130);
    return tried.stderr;
  };
  const open = { json: proposal({ 'node-1': 'staging' }) };

  test('calls the proposal off', async () => {
    const stderr = await interrupted(open, { json: proposal({ 'node-1': 'staging' }, { state: 'void' }) });
    expect(stderr).toBe('muster: interrupted. The proposal was called off: nothing was changed anywhere.\n');
  });

  test('before there is a proposal, too', async () => {
    expect(await interrupted(UNKNOWN, UNKNOWN)).toContain('before the nodes were told of it: nothing was changed');
  });

  test('that comes too late says so', async () => {
    const stderr = await interrupted(open, refusal(409, 'proposal-settled'), SETTLED);
    expect(stderr).toContain('It had just been activated on all nodes, as revision 7.');
  });

  test('which nobody answers names what can be done', async () => {
    const stderr = await interrupted(open, refusal(500, 'internal-error'));
    expect(stderr).toContain('could not be called off (internal-error)');
    expect(stderr).toMatch(/"muster proposals cancel [0-9a-f-]{36}"/);
  });
});
