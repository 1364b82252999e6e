import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { nodePlanDigest, previewResultSchema, replayResultSchema } from '@muster/contracts';
import type { NodePlan, ReplayResult } from '@muster/contracts';
import { waitFor } from '@muster/testing';
import { damage, DAMAGES, flip, keepVersion } from './spec/damage.js';
import { TrialCluster } from './spec/trial-cluster.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');

vi.setConfig({ testTimeout: 60_000 * (4 + scale) });

const NAMES = ['Alpha', 'Beta', 'Gamma', 'Delta', 'Gone'];

async function withCluster(work: (cluster: TrialCluster) => Promise<void>): Promise<void> {
  const cluster = await TrialCluster.create();
  try {
    await work(cluster);
  } finally {
    await cluster.end();
  }
}

async function preview(cluster: TrialCluster, redeploy = false, extensions = NAMES): Promise<NodePlan> {
  const answer = await (await cluster.order('preview', { extensions, redeploy })).answer();
  const result = previewResultSchema.parse(answer);
  if (!('plan' in result)) throw new Error(`no plan: ${result.failure.detail}`);
  return result.plan;
}

async function replay(cluster: TrialCluster, detail: Record<string, unknown>): Promise<ReplayResult> {
  const whole = { extensions: NAMES, redeploy: false, ...detail };
  return replayResultSchema.parse(await (await cluster.order('replay', whole)).answer());
}

/** Paths to contents of everything under `extensions/`, and the marks. */
function disk(cluster: TrialCluster): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const area of ['extensions', '.muster/deployed']) {
    const root = path.join(cluster.storage(), area);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (entry.isFile()) seen[file] = readFileSync(file, 'latin1');
    }
  }
  return seen;
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A hook that writes down its calls and fails for whom a file of that name stands in `fail/`. */
function environment(cluster: TrialCluster): Record<string, string> {
  const calls = path.join(cluster.directory, 'calls');
  const fail = path.join(cluster.directory, 'fail');
  return {
    MUSTER_DEPLOY_HOOK: `echo "$MUSTER_ACTION $MUSTER_EXTENSION" >> ${calls}; test ! -e "${fail}-$MUSTER_EXTENSION"`,
    MUSTER_DRIFT_PERIOD: '1h',
    MUSTER_RETRY_FIRST: '1h',
    MUSTER_RETRY_MAX: '1h',
    MUSTER_PACKAGE_CACHE_BYTES: '1500',
  };
}

const callsOf = (cluster: TrialCluster): string[] => {
  const file = path.join(cluster.directory, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};

async function filled(cluster: TrialCluster): Promise<void> {
  for (const name of NAMES) await cluster.commit({ name, version: '0.9.0' });
}

describe('a replay', () => {
  test('does exactly what its preview said, whatever was harmed; a second one does nothing', () =>
    withCluster(async (cluster) => {
      await filled(cluster);
      const agent = await cluster.ready(environment(cluster));
      for (const name of NAMES) keepVersion(cluster, name);
      for (const name of ['Alpha', 'Beta']) await cluster.commit({ name });
      const removed = await cluster.remove('Gone');
      await agent.until('the head', ({ revision }) => revision === removed.revision);
      const seed = Number(process.env['MUSTER_TEST_SEED'] ?? Date.now() % 1_000_000);
      const draw = random(seed);
      for (let round = 0; round < 3 * scale; round += 1) {
        const redeploy = draw(2) === 1;
        const victims = NAMES.filter(() => draw(2) === 1);
        const story = victims.map((name) => [name, DAMAGES[draw(DAMAGES.length)] ?? 'none'] as const);
        const what = JSON.stringify({ seed, round, redeploy, story });
        for (const [name, how] of story) damage(cluster, name, how);
        const before = disk(cluster);
        const plan = await preview(cluster, redeploy);
        expect(disk(cluster), what).toEqual(before);
        expect(await preview(cluster, redeploy), what).toEqual(plan);
        const hooksBefore = callsOf(cluster).length;
        const done = await replay(cluster, { redeploy, nodePlanDigest: nodePlanDigest(plan) });
        const { install, remove, deploy, skip, bytes, revision } = plan;
        expect(done, what).toEqual({
          state: 'done',
          installed: install,
          removed: remove,
          deployed: deploy,
          skipped: skip,
          bytes,
          revision,
        });
        expect(callsOf(cluster).length - hooksBefore, what).toBe(install.length + remove.length + deploy.length);
        const after = disk(cluster);
        expect(cluster.names(), what).toEqual(['Alpha', 'Beta', 'Delta', 'Gamma']);
        expect(await replay(cluster, {}), what).toMatchObject({ installed: [], deployed: [], skipped: 5, bytes: 0 });
        expect(disk(cluster), what).toEqual(after);
        expect((await agent.node()).rootDigest, what).toBe((await cluster.catalog.head()).rootDigest);
      }
    }));

  test('whose plan no longer holds changes nothing and says so, its events neither', () =>
    withCluster(async (cluster) => {
      await filled(cluster);
      await cluster.ready(environment(cluster));
      flip(path.join(cluster.extension('Alpha'), 'lib/common/Alpha.jar'));
      const plan = await preview(cluster);
      expect(plan).toMatchObject({ install: ['Alpha'], skip: 4 });
      rmSync(cluster.extension('Beta'), { recursive: true });
      const before = disk(cluster);
      const changed = await replay(cluster, { nodePlanDigest: nodePlanDigest(plan), replayId: 'agreed' });
      expect(changed).toMatchObject({
        state: 'plan-changed',
        reason: expect.stringContaining('install Alpha, Beta') as string,
      });
      await replayEvent(cluster, 'Alpha', 'agreed');
      await replayEvent(cluster, 'Alpha', 'of others', ['node-2', 'node-3']);
      // The look that answers one preview might still repair; before the next it has ended.
      for (let looks = 0; looks < 2; looks += 1) await preview(cluster);
      expect(disk(cluster)).toEqual(before);
      // An event of a replay that nobody knows is carried out by itself.
      await replayEvent(cluster, 'Alpha', 'unknown');
      await waitFor(() => existsSync(cluster.extension('Beta')), { what: 'what is missing', deadlineMs: 60_000 });
      expect(readFileSync(path.join(cluster.extension('Alpha'), 'lib/common/Alpha.jar'), 'utf8')).toBe('Alpha 0.9.0\n');
    }));

  test('tries again what is parked, and says why it still is', () =>
    withCluster(async (cluster) => {
      const fail = path.join(cluster.directory, 'fail-Beta');
      writeFileSync(fail, '');
      await filled(cluster);
      await cluster.ready(environment(cluster));
      expect(await preview(cluster)).toMatchObject({ install: ['Beta'], skip: 4 });
      expect(await replay(cluster, {})).toMatchObject({
        state: 'parked',
        installed: [],
        skipped: 4,
        reason: expect.stringMatching(/Beta.*hook-failed/) as string,
      });
      rmSync(fail);
      expect(await replay(cluster, {})).toMatchObject({ state: 'done', installed: ['Beta'], skipped: 4 });
    }));

  test('of more than one look can do, with others queued behind it: each tells what it did itself', () =>
    withCluster(async (cluster) => {
      // One look takes 25 steps; a revision is not cut in two, so these are revisions of their own.
      const many = Array.from({ length: 27 }, (_, index) => `Many-${String(index).padStart(2, '0')}`);
      const few = many.slice(0, 3);
      for (const name of many) await cluster.commit({ name });
      // Without its hook the first of these is quicker.
      const agent = await cluster.ready({ ...environment(cluster), MUSTER_DEPLOY_HOOK: '' });
      for (const name of many.slice(0, 2)) rmSync(cluster.extension(name), { recursive: true });
      const plan = await preview(cluster, true, many);
      expect(plan).toMatchObject({ install: many.slice(0, 2), deploy: many.slice(2), remove: [], skip: 0 });
      expect(await agent.stop()).toBe(0);
      const before = callsOf(cluster).length;
      const first = { extensions: many, redeploy: true, nodePlanDigest: nodePlanDigest(plan) };
      const orders = [
        await cluster.order('replay', first),
        await cluster.order('replay', { extensions: few, redeploy: true }),
        await cluster.order('replay', { extensions: many, redeploy: false }),
        await cluster.order('replay', first),
      ];
      await cluster.ready(environment(cluster));
      const answers = [];
      for (const order of orders) answers.push(replayResultSchema.parse(await order.answer()));
      expect(answers).toMatchObject([
        { state: 'done', installed: plan.install, deployed: plan.deploy, skipped: 0, bytes: plan.bytes },
        { state: 'done', installed: [], deployed: few, skipped: 0, bytes: 0 },
        { state: 'done', installed: [], deployed: [], skipped: 27, bytes: 0 },
        // What was agreed to was done by the first.
        { state: 'plan-changed' },
      ]);
      expect(callsOf(cluster).length - before).toBe(many.length + few.length);
      expect(cluster.names()).toEqual(many);
    }));

  test('that is killed in the middle stays open, goes on, and runs every hook', () =>
    withCluster(async (cluster) => {
      await filled(cluster);
      const slow = {
        ...environment(cluster),
        MUSTER_DEPLOY_HOOK: `sleep 0.3; ${environment(cluster)['MUSTER_DEPLOY_HOOK']}`,
      };
      const agent = await cluster.ready({
        ...slow,
        MUSTER_DEPLOY_HOOK: environment(cluster)['MUSTER_DEPLOY_HOOK'] ?? '',
      });
      expect(await agent.stop()).toBe(0);
      const again = await cluster.ready(slow);
      rmSync(cluster.extension('Gamma'), { recursive: true });
      const plan = await preview(cluster, true);
      expect(plan).toMatchObject({ install: ['Gamma'], deploy: ['Alpha', 'Beta', 'Delta', 'Gone'], skip: 0 });
      const before = callsOf(cluster).length;
      const order = await cluster.order('replay', {
        extensions: NAMES,
        redeploy: true,
        nodePlanDigest: nodePlanDigest(plan),
      });
      await waitFor(() => callsOf(cluster).length >= before + 2, { everyMs: 2, what: 'two hooks', deadlineMs: 60_000 });
      await again.kill();
      expect(await order.read()).toBeUndefined();
      await cluster.ready(slow);
      expect(replayResultSchema.parse(await order.answer())).toMatchObject({
        state: 'done',
        installed: ['Gamma'],
        deployed: ['Alpha', 'Beta', 'Delta', 'Gone'],
        skipped: 0,
        bytes: plan.bytes,
      });
      const calls = callsOf(cluster).slice(before);
      for (const name of NAMES) expect(calls).toContain(`deploy ${name}`);
      // At most the one that was under way ran twice.
      expect(calls.length).toBeLessThanOrEqual(NAMES.length + 1);
    }));
});

async function replayEvent(
  cluster: TrialCluster,
  extension: string,
  replayId: string,
  nodes?: readonly string[],
): Promise<void> {
  const mark = { replayId, ...(nodes && { nodes }) };
  await cluster.query(
    `insert into event (position, revision, payload, published_at)
     select (select max(position) + 1 from event), revision, payload || $2::jsonb, now()
     from event where payload->>'extension' = $1 order by position limit 1`,
    [extension, JSON.stringify(mark)],
  );
  await cluster.query("select pg_notify('muster_event', '')");
}
