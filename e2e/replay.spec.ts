import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NodePlan, Problem, ReplayPreview, ReplayStarted, ReplayView } from '@muster/contracts';
import { buildPackage, temporaryDirectory, waitFor } from '@muster/testing';
import { Cluster, describeOnEachLog, request } from './cluster.js';
import { digestOfTree } from './disk.js';

const NAMES = ['A', 'B', 'C', 'D', 'E'].map((letter) => `Replayed${letter}`);

describeOnEachLog('replay for recovery', (log) => {
  let cluster: Cluster;
  let sound: string;
  let hookLog: string;

  beforeAll(async () => {
    hookLog = path.join(await temporaryDirectory('hooks'), 'ran');
    cluster = await Cluster.start({
      log,
      hooks: [`echo "$MUSTER_NODE $MUSTER_EXTENSION" >> ${hookLog}`],
      // So that nothing is put right before the replay is asked for.
      env: { MUSTER_DRIFT_PERIOD: '1h' },
    });
    for (const name of NAMES) {
      const zip = buildPackage({ name, files: { 'ui/a.js': name, 'ui/b.js': 'b' } });
      expect((await cluster.import(zip)).status).toBe(201);
    }
    expect((await cluster.convergence(NAMES.length)).state).toBe('converged');
    sound = tree('node-1');
  });
  afterAll(() => cluster.down());

  const tree = (node: string): string => digestOfTree(path.join(cluster.storage(node), 'extensions'));
  const post = <T>(body: object) =>
    request<T>(`${cluster.importUrl()}/replays`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const preview = async (body: object = {}): Promise<ReplayPreview> => {
    const answer = await post<ReplayPreview>({ from: 1, preview: true, ...body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body;
  };
  const toItsEnd = async (id: string): Promise<ReplayView> => {
    let view: ReplayView | undefined;
    await waitFor(
      async () => {
        view = (await request<ReplayView>(`${cluster.importUrl()}/replays/${id}`)).body;
        return view.ended;
      },
      {
        deadlineMs: 60_000,
        what: () =>
          `the end of the replay: ${JSON.stringify(view)}; the cluster printed:\n${cluster.output.slice(-2000)}`,
      },
    );
    return view!;
  };
  const damage = (): void => {
    writeFileSync(path.join(cluster.extension('node-2', 'ReplayedA'), 'ui/a.js'), 'spoilt');
    rmSync(cluster.extension('node-2', 'ReplayedB'), { recursive: true, force: true });
    writeFileSync(path.join(cluster.extension('node-3', 'ReplayedC'), 'ui/extra.js'), 'extra');
  };
  const planOf = (plans: readonly NodePlan[], node: string): NodePlan => plans.find((plan) => plan.node === node)!;

  test('a preview says what each node would do, and changes nothing', async () => {
    damage();
    // A zip that the node has kept costs nothing.
    const kept = path.join(cluster.storage('node-2'), '.muster/packages');
    for (const zip of readdirSync(kept)) rmSync(path.join(kept, zip));
    const { nodes, unplanned, planDigest } = await preview();
    expect(unplanned).toEqual([]);
    expect(planDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(planOf(nodes, 'node-1')).toMatchObject({ install: [], remove: [], skip: 5, bytes: 0 });
    expect([...planOf(nodes, 'node-2').install].sort()).toEqual(['ReplayedA', 'ReplayedB']);
    expect(planOf(nodes, 'node-2')).toMatchObject({ remove: [], skip: 3 });
    expect(planOf(nodes, 'node-2').bytes).toBeGreaterThan(0);
    expect(planOf(nodes, 'node-3')).toMatchObject({ install: ['ReplayedC'], skip: 4 });
    expect(existsSync(cluster.extension('node-2', 'ReplayedB'))).toBe(false);
  });

  test('the replay does exactly what the preview said; a second one is a no-op', async () => {
    damage();
    const { planDigest, nodes } = await preview();
    const started = await post<ReplayStarted>({ from: 1, planDigest });
    expect(started.status, JSON.stringify(started.body)).toBe(202);
    expect(started.body).toMatchObject({ planDigest, events: NAMES.length });
    const view = await toItsEnd(started.body.id);
    for (const plan of nodes) {
      const did = view.nodes.find(({ node }) => node === plan.node)!;
      expect(did.state).toBe('done');
      expect([...did.installed!].sort()).toEqual([...plan.install].sort());
      expect(did).toMatchObject({ removed: plan.remove, skipped: plan.skip, bytes: plan.bytes });
    }
    for (const node of cluster.nodeIds) expect(tree(node)).toBe(sound);
    const again = await post<ReplayStarted>({ from: 1 });
    const second = await toItsEnd(again.body.id);
    for (const did of second.nodes)
      expect(did).toMatchObject({ state: 'done', installed: [], removed: [], skipped: 5 });
  });

  test('a plan that no longer holds is refused, and nothing is done', async () => {
    const { planDigest } = await preview();
    damage();
    const answer = await post<Problem>({ from: 1, planDigest });
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('plan-changed');
    expect(existsSync(cluster.extension('node-2', 'ReplayedB'))).toBe(false);
    const started = await post<ReplayStarted>({ from: 1, nodes: ['node-2'], extensions: ['ReplayedB'] });
    await toItsEnd(started.body.id);
    expect(existsSync(cluster.extension('node-2', 'ReplayedB'))).toBe(true);
  });

  test('an empty storage is filled again', async () => {
    rmSync(path.join(cluster.storage('node-3'), 'extensions'), { recursive: true });
    const started = await post<ReplayStarted>({ from: 1, nodes: ['node-3'] });
    const view = await toItsEnd(started.body.id);
    expect([...view.nodes[0]!.installed!].sort()).toEqual(NAMES);
    expect(tree('node-3')).toBe(sound);
  });

  test('with redeploy the hooks run again where nothing differs', async () => {
    const ran = async (): Promise<number> =>
      (await readFile(hookLog, 'utf8')).split('\n').filter((line) => line === 'node-2 ReplayedD').length;
    const before = await ran();
    const plain = await post<ReplayStarted>({ from: 1, nodes: ['node-2'], extensions: ['ReplayedD'] });
    await toItsEnd(plain.body.id);
    expect(await ran()).toBe(before);
    const started = await post<ReplayStarted>({
      from: 1,
      nodes: ['node-2'],
      extensions: ['ReplayedD'],
      redeploy: true,
    });
    const view = await toItsEnd(started.body.id);
    expect(view.nodes[0]).toMatchObject({ state: 'done', deployed: ['ReplayedD'] });
    expect(await ran()).toBe(before + 1);
  });

  test('a bad request says what is wrong', async () => {
    const cases: [object, number, string][] = [
      [{ from: 99 }, 404, 'revision-unknown'],
      [{ from: 1, nodes: ['nobody'] }, 404, 'node-unknown'],
      [{ from: 1, extensions: ['Nothing'] }, 404, 'extension-unknown'],
      [{ from: 'yesterday' }, 400, 'invalid-request'],
    ];
    for (const [body, status, code] of cases) {
      const answer = await post<Problem>(body);
      expect([answer.status, answer.body.code], JSON.stringify(body)).toEqual([status, code]);
    }
  });
});
