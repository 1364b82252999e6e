import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ImportResult, Problem, ProposalList, ProposalView } from '@muster/contracts';
import { buildPackage, buildZip, createDatabase, FaultProxy, temporaryDirectory, waitFor } from '@muster/testing';
import { order, pause, resume, signal } from './calls.js';
import { type Answer, Cluster, countOn, describeOnEachLog, request } from './cluster.js';
import { extensionsIn, leftovers } from './disk.js';
import { FAST } from './fast.js';
import { Random } from './random.js';
import { SeenVersions } from './seen-versions.js';

const ROUNDS = Number(process.env['MUSTER_TEST_SCALE'] ?? '1') > 1 ? 60 : 10;
const seed = Number(process.env['MUSTER_TEST_SEED'] ?? Date.now() % 2 ** 31);

/** Long enough for a node to be met in the middle of it. */
const LARGE_BYTES = 8_000_000;

/** What can go wrong while nodes get ready. */
const HARMS = ['nothing', 'agent', 'import-service', 'pause', 'call-off', 'other-import', 'database'] as const;
type Harm = (typeof HARMS)[number];

describeOnEachLog('activation together', (log) => {
  const rounds = countOn(log, ROUNDS, ROUNDS / 2);
  let cluster: Cluster;
  let toDatabase: FaultProxy;
  let fails: string;
  let minor = 0;

  beforeAll(async () => {
    const databaseUrl = (await createDatabase()).url;
    toDatabase = await FaultProxy.inFrontOf(databaseUrl);
    const directory = await temporaryDirectory('together');
    fails = path.join(directory, 'fails');
    const hook = path.join(directory, 'hook.sh');
    writeFileSync(hook, `#!/bin/sh\n[ ! -e ${fails} ] || { echo "no licence"; exit 3; }\n`);
    chmodSync(hook, 0o755);
    cluster = await Cluster.start({
      log,
      hooks: [`node-2=${hook}`],
      databaseUrl: toDatabase.urlThrough(databaseUrl),
      env: FAST,
    });
  }, 120_000);
  afterAll(async () => {
    await cluster?.down();
    await toDatabase?.close();
  });

  const next = (name = 'Joint', bytes = 200_000): Buffer => {
    minor += 1;
    return buildPackage({
      name,
      version: `1.${minor}.0`,
      files: { 'lib/common/big.jar': randomBytes(bytes) },
    });
  };
  const together = (zip: Buffer, deadline: string, id = randomUUID()): Promise<Answer<ImportResult & Problem>> =>
    cluster.import(zip, { query: `?activate=together&deadline=${deadline}&proposal=${id}` });
  const proposal = async (id: string): Promise<ProposalView> =>
    (await request<ProposalView>(`${cluster.importUrl()}/proposals/${id}`)).body;
  const begun = (id: string): Promise<ProposalView> =>
    waitFor(async () => ((await proposal(id)).state === 'open' ? proposal(id) : undefined), { what: 'the proposal' });
  const settled = (id: string): Promise<ProposalView> =>
    waitFor(
      async () => {
        const view = await proposal(id).catch(() => undefined);
        return view?.state === 'open' || view?.nodes === undefined ? undefined : view;
      },
      { what: `the end of the proposal ${id}`, deadlineMs: 60_000 },
    );
  const headOf = async (): Promise<number> =>
    (await request<{ revision: number }>(`${cluster.importUrl()}/extensions`)).body.revision;
  const expectConverged = async (): Promise<void> => {
    const answer = await waitFor(
      async () => {
        const now = await cluster.convergence(undefined, '5s').catch(() => undefined);
        return now?.state === 'converged' ? now : undefined;
      },
      { what: 'convergence', deadlineMs: 120_000 },
    );
    expect(answer.state).toBe('converged');
  };
  const expectNothingStaged = (): Promise<boolean> =>
    waitFor(() => cluster.nodeIds.every((node) => leftovers(cluster.storage(node)).length === 0), {
      deadlineMs: 30_000,
      what: () =>
        `empty staging; there is ${cluster.nodeIds.flatMap((node) => leftovers(cluster.storage(node))).join(', ')}`,
    });

  test('every node has staged it before the first of them switches, the origin too', async () => {
    const seen = SeenVersions.watch(cluster, 'Joint');
    // Nobody can be ready while one node is held: so what is seen until then is seen too early.
    await pause(cluster, 'node-3', 'held');
    const id = randomUUID();
    const importing = together(next(), '60s', id);
    const isReady = async (): Promise<boolean> =>
      (await proposal(id)).nodes?.filter(({ state }) => state === 'ready').length === 2;
    await waitFor(isReady, { what: 'two nodes that are ready', deadlineMs: 30_000 });
    expect((await proposal(id)).nodes[2]).toMatchObject({ node: 'node-3', state: 'paused', code: 'node-paused' });
    expect(seen.versions()).toEqual([]);
    expect(leftovers(cluster.storage('node-1')).length).toBeGreaterThan(0);
    await resume(cluster, 'node-3');
    const answer = await importing;
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    expect(answer.body).toMatchObject({ proposal: id, changes: [{ action: 'install', extension: 'Joint' }] });
    expect((await cluster.convergence(answer.body.revision)).state).toBe('converged');
    seen.stop();
    expect(seen.versions()).toEqual([answer.body.changes[0]?.version]);
    await expectNothingStaged();
  });

  test('a bundle goes together, and a removal takes it away', async () => {
    const bundle = buildZip([
      { name: 'a.zip', data: buildPackage({ name: 'Upper', dependsOn: [{ name: 'Lower', version: '1.0' }] }) },
      { name: 'b.zip', data: buildPackage({ name: 'Lower', version: '1.0' }) },
    ]);
    const answer = await together(bundle, '30s');
    expect(answer.body.changes.map(({ extension }) => extension)).toEqual(['Lower', 'Upper']);
    expect((await cluster.convergence(answer.body.revision)).state).toBe('converged');
    for (const name of ['Upper', 'Lower']) expect((await cluster.remove(name)).status).toBe(200);
    await expectConverged();
  });

  test('where a node is gone nothing changes anywhere, and it is named', async () => {
    const before = cluster.nodeIds.map((node) => extensionsIn(cluster.storage(node)));
    const seen = SeenVersions.watch(cluster, 'Joint');
    const head = await headOf();
    // Its lease runs out within the deadline.
    await signal(cluster, 'SIGSTOP', 'sync-agent', 'node-3');
    onTestFinished(() => signal(cluster, 'SIGCONT', 'sync-agent', 'node-3'));
    const zip = next();
    const answer = await together(zip, '6s');
    expect([answer.status, answer.body.code]).toEqual([409, 'not-all-ready']);
    expect(answer.body.nodes).toMatchObject([
      { node: 'node-1', state: 'ready' },
      { node: 'node-2', state: 'ready' },
      { node: 'node-3', state: 'absent', code: 'node-offline' },
    ]);
    expect(answer.body.detail).toMatch(
      /^2 of 3 nodes got ready within 6 s, and nothing was changed on any node: node-3: /,
    );
    expect(await headOf()).toBe(head);
    await expectNothingStaged();
    seen.stop();
    expect(seen.versions().length).toBe(1);
    expect(cluster.nodeIds.map((node) => extensionsIn(cluster.storage(node)))).toEqual(before);
    await signal(cluster, 'SIGCONT', 'sync-agent', 'node-3');
    expect((await together(zip, '60s')).status).toBe(201);
    await expectConverged();
  });

  test('a hook that fails afterwards parks on its node only', async () => {
    writeFileSync(fails, '');
    onTestFinished(() => rmSync(fails, { force: true }));
    const answer = await together(next(), '60s');
    expect(answer.status).toBe(201);
    const parked = async (): Promise<boolean> =>
      (await cluster.node('node-2')).parked.some(
        ({ name, lastFailure }) => name === 'Joint' && lastFailure?.code === 'hook-failed',
      );
    await waitFor(parked, { what: 'the parked extension', deadlineMs: 30_000 });
    for (const node of ['node-1', 'node-3']) {
      const has = async (): Promise<boolean> =>
        (await cluster.node(node)).extensions.some(({ name, state }) => name === 'Joint' && state === 'in-sync');
      await waitFor(has, { what: `${node} with the new version`, deadlineMs: 30_000 });
    }
    // It is not ready for the next as long as it has not got through this one.
    const needy = buildPackage({ name: 'Needy', dependsOn: [{ name: 'Joint', version: '1.0' }] });
    const refused = await together(needy, '4s');
    expect(refused.body.code).toBe('not-all-ready');
    expect(refused.body.nodes?.[1]).toMatchObject({ node: 'node-2', state: 'failed' });
    expect(refused.body.nodes?.[1]?.reason).toContain('Joint');
    rmSync(fails);
    await order(cluster, 'node-2', 'retry');
    await expectConverged();
    expect((await together(needy, '60s')).status).toBe(201);
    await expectConverged();
    expect((await cluster.remove('Needy')).status).toBe(200);
  });

  /** `slow` is the node whose agent stands still: it answers nobody, and may hold its storage's lock. */
  async function harm(kind: Harm, id: string, slow: string, random: Random): Promise<() => Promise<unknown>> {
    const node = random.pick(cluster.nodeIds);
    const moment = Date.now() + random.below(300);
    await waitFor(() => Date.now() >= moment, { what: 'the moment' });
    const done = (): Promise<void> => Promise.resolve();
    if (kind === 'agent') await cluster.kill('sync-agent', node);
    if (kind === 'import-service') await cluster.kill('import-service');
    if (kind === 'call-off') await request(`${cluster.importUrl()}/proposals/${id}`, { method: 'DELETE' });
    if (kind === 'other-import') {
      const other = cluster.import(next('Other'));
      return () => other;
    }
    if (kind === 'database') {
      toDatabase.setNewConnections('reset');
      toDatabase.reset();
      return () => Promise.resolve(toDatabase.heal());
    }
    if (kind !== 'pause') return done;
    const held = random.pick(cluster.nodeIds.filter((one) => one !== slow));
    await pause(cluster, held, 'random harm');
    return () => resume(cluster, held);
  }

  test(
    `${rounds} times, whatever happens meanwhile: everywhere, or nothing anywhere (MUSTER_TEST_SEED=${seed})`,
    async () => {
      const random = new Random(seed);
      const seen = SeenVersions.watch(cluster, 'Joint');
      const activated = new Set(seen.versions());
      const told: string[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const kind = round < HARMS.length ? HARMS[round]! : random.pick(HARMS);
        const id = randomUUID();
        const zip = next('Joint', LARGE_BYTES);
        // Held for a while, so that what happens meets a proposal that is open.
        const slow = random.pick(cluster.nodeIds);
        if (kind !== 'nothing') await signal(cluster, 'SIGSTOP', 'sync-agent', slow);
        const version = `1.${minor}.0`;
        const importing = together(zip, '6s', id).then(
          ({ status, body }) => `${status} ${body.code ?? ''}`,
          () => 'connection lost',
        );
        if (kind !== 'nothing') await Promise.race([begun(id), importing]);
        const end = await harm(kind, id, slow, random);
        await signal(cluster, 'SIGCONT', 'sync-agent', slow).catch(() => undefined);
        // Long enough for some to be decided while it lasts.
        await Promise.race([importing, waitFor(() => false, { what: '', deadlineMs: 1_500 }).catch(() => undefined)]);
        await end();
        const answer = await importing;
        await waitFor(() => cluster.isReady(), { what: 'a ready cluster', deadlineMs: 90_000 });
        const { state } = await settled(id);
        told.push(`${kind}: ${answer}, ${state}`);
        if (answer.startsWith('201')) expect(state, told.at(-1)!).toBe('activated');
        if (answer.startsWith('409')) expect(state, told.at(-1)!).toBe('void');
        if (state === 'activated') activated.add(version);
        await expectConverged();
        expect(
          seen.versions().filter((one) => !activated.has(one)),
          `seen and never activated; ${told.join('\n')}`,
        ).toEqual([]);
        for (const node of cluster.nodeIds) expect(seen.current(node)).toBe([...activated].at(-1));
      }
      seen.stop();
      await expectNothingStaged();
      const open = await request<ProposalList>(`${cluster.importUrl()}/proposals?state=open`);
      expect(open.body.proposals).toEqual([]);
      process.stdout.write(`\n${told.join('\n')}\n`);
      expect(existsSync(fails)).toBe(false);
    },
    120_000 + ROUNDS * 60_000,
  );
});
