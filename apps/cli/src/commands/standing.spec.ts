import { describe, expect, test } from 'vitest';
import { board, boardNode, convergence, NOW, proposal } from '../spec/answers.js';
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

  test('says what waits for all nodes, and for which', async () => {
    const reason = 'no room for 300 MB';
    const nodes = { 'node-1': 'ready', 'node-2': { state: 'failed', code: 'disk-full', reason } } as const;
    const { stdout } = await status({ ...board(), proposals: [proposal(nodes)] });
    expect(stdout).toContain(
      'install Foo 1.0.0, by ana, is activated when all nodes are ready: 1 of 2 nodes is ready, ',
    );
    expect(stdout).toMatch(/node-2 +failed +\(disk-full\) no room for 300 MB/);
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
