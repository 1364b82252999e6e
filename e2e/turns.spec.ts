import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MaxDeploying, NodeView } from '@muster/contracts';
import { buildPackage, temporaryDirectory, waitFor } from '@muster/testing';
import { order, why } from './calls.js';
import { Cluster, describeOnEachLog, request } from './cluster.js';
import { FAST } from './fast.js';

const NODES = ['node-1', 'node-2', 'node-3', 'node-4'];

describeOnEachLog('deploy hooks in turn', (log) => {
  let cluster: Cluster;
  let directory: string;
  const runs = (): string[][] => {
    const file = path.join(directory, 'runs');
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map((line) => line.split(' '))
      : [];
  };
  /** The most hooks that ran at one moment. */
  const overlap = (lines: readonly string[][]): number => {
    const steps = lines.map(([at, what]) => ({ at: BigInt(at!), step: what === 'begin' ? 1 : -1 }));
    let running = 0;
    return Math.max(
      ...steps.toSorted((a, b) => Number(a.at - b.at) || a.step - b.step).map(({ step }) => (running += step)),
    );
  };
  const importFoo = async (version: string): Promise<number> => {
    const answer = await cluster.import(buildPackage({ name: 'Foo', version }));
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body.revision;
  };
  const stands = (node: string): string =>
    /\d\.0\.0/.exec(readFileSync(path.join(cluster.extension(node, 'Foo'), 'lib/common/Foo.jar'), 'utf8'))?.[0] ?? '';
  const foo = ({ extensions }: NodeView) => extensions.find(({ name }) => name === 'Foo');

  beforeAll(async () => {
    directory = await temporaryDirectory('turns');
    const hook = path.join(directory, 'hook.sh');
    writeFileSync(
      hook,
      [
        '#!/bin/sh',
        `cd ${directory}`,
        'echo "$(date +%s%N) begin $MUSTER_NODE $MUSTER_VERSION" >> runs',
        'sleep 0.2',
        'echo "$(date +%s%N) end $MUSTER_NODE $MUSTER_VERSION" >> runs',
        'if [ -e fail ] && [ "$MUSTER_NODE" != node-1 ] && [ "$MUSTER_VERSION" = 3.0.0 ]; then echo "no licence"; exit 3; fi',
      ].join('\n'),
    );
    chmodSync(hook, 0o755);
    cluster = await Cluster.start({ log, nodes: NODES.length, hooks: [hook], env: FAST });
  });
  afterAll(() => cluster?.down());

  test.each([1, 2])('run on at most %i nodes at once', async (max) => {
    if (max > 1) {
      const body = JSON.stringify({ maxDeploying: max });
      const headers = { 'content-type': 'application/json' };
      // Through the status-service, as the page does.
      const url = `${cluster.statusUrl}/settings/max-deploying`;
      expect((await request<MaxDeploying>(url, { method: 'PUT', body, headers })).body.maxDeploying).toBe(max);
    }
    const revision = await importFoo(`${max}.0.0`);
    expect((await cluster.convergence(revision, '60s')).state).toBe('converged');
    const mine = runs().filter(([, , , version]) => version === `${max}.0.0`);
    expect(
      mine
        .filter(([, what]) => what === 'begin')
        .map(([, , node]) => node!)
        .toSorted(),
    ).toEqual(NODES);
    expect(overlap(mine)).toBeLessThanOrEqual(max);
  });

  test('stop at the first node that fails; why names it, and after its mend all converge', async () => {
    await request(`${cluster.importUrl()}/settings/max-deploying`, { method: 'DELETE' });
    writeFileSync(path.join(directory, 'fail'), '');
    const revision = await importFoo('3.0.0');
    const views = async (): Promise<NodeView[]> => Promise.all(NODES.map((node) => cluster.node(node)));
    const settled = await waitFor(
      async () => {
        const now = await views();
        const held = now.filter((view) => foo(view)?.turn?.failed === true);
        return held.length === 2 && now.some((view) => foo(view)?.state === 'parked') ? now : undefined;
      },
      { deadlineMs: 60_000, what: 'one failure, and two nodes that do not follow it' },
    );
    const failed = settled.find((view) => foo(view)?.state === 'parked')!.node;
    const held = NODES.find((node) => node !== failed && node !== 'node-1');
    expect(NODES.map(stands)).toEqual(['3.0.0', '2.0.0', '2.0.0', '2.0.0']);
    const begun = runs().filter(([, what, , version]) => what === 'begin' && version === '3.0.0');
    expect(new Set(begun.map(([, , node]) => node))).toEqual(new Set(['node-1', failed]));
    const told = (await why(cluster, { node: held!, extension: 'Foo' })).body;
    expect(told.text).toContain(`the hook of Foo failed on ${failed}`);
    expect(told.text).toContain(`muster retry ${failed} Foo`);
    expect((await cluster.convergence(revision, '0s')).state).toBe('failed');
    // Another extension is not kept from anybody.
    const other = await cluster.import(buildPackage({ name: 'Bystander' }));
    expect((await cluster.convergence(other.body.revision, '60s')).state).toBe('converged');
    rmSync(path.join(directory, 'fail'));
    await order(cluster, failed, 'retry');
    await waitFor(async () => (await cluster.convergence(undefined, '10s')).state === 'converged', {
      deadlineMs: 60_000,
      what: 'the rest to follow',
    });
    expect(NODES.map(stands)).toEqual(NODES.map(() => '3.0.0'));
    expect(overlap(runs().filter(([, , , version]) => version === '3.0.0'))).toBe(1);
  });
});
