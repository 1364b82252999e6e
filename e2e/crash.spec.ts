import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExtensionList } from '@muster/contracts';
import { temporaryDirectory, waitFor } from '@muster/testing';
import { Cluster, countOn, describeOnEachLog, request } from './cluster.js';
import { digestOfTree, extensionsIn, leftovers } from './disk.js';
import { upload, writeLargePackage } from './large-package.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');
/** By default small and few; the long form kills twenty times in packages of 300 MB. */
const MEGABYTES = scale > 1 ? 300 : 60;
const ROUNDS = scale > 1 ? 20 : 4;

describeOnEachLog('kill -9 at any moment of an import', (log) => {
  const rounds = countOn(log, ROUNDS, ROUNDS / 2);
  let cluster: Cluster;
  let directory: string;
  let calls: string;
  let importMs: number;
  beforeAll(async () => {
    directory = await temporaryDirectory('crash');
    calls = path.join(directory, 'calls');
    const hook = path.join(directory, 'hook.sh');
    writeFileSync(
      hook,
      `#!/bin/sh\nsleep 0.3\necho "$MUSTER_NODE $MUSTER_ACTION $MUSTER_EXTENSION $MUSTER_VERSION" >> ${calls}\n`,
    );
    chmodSync(hook, 0o755);
    cluster = await Cluster.start({
      log,
      hooks: [hook],
      env: { MUSTER_DRIFT_PERIOD: '2s', MUSTER_HOOK_TIMEOUT: '20s' },
    });
    const started = Date.now();
    const first = await upload(
      `${cluster.importUrl()}/imports`,
      await writeLargePackage(directory, 'Large', '1.0.0', MEGABYTES),
    );
    expect(first.status, JSON.stringify(first.body)).toBe(201);
    importMs = Date.now() - started;
    expect((await cluster.convergence(first.body.revision, '60s')).state).toBe('converged');
  }, 240_000);
  afterAll(() => cluster.down());

  const moments = Array.from({ length: rounds }, (_, index) => ({
    round: index + 1,
    victim: index % 2 === 0 ? ['import-service'] : ['sync-agent', `node-${1 + (index % 3)}`],
    /** Through the import and, for an agent, somewhat past its end. */
    fraction: ((index + 0.5) / rounds) * (index % 2 === 0 ? 1.05 : 1.6),
  }));

  test.for(moments)('round $round: $victim', async ({ round, victim, fraction }) => {
    const file = await writeLargePackage(directory, 'Large', `1.0.${round}`, MEGABYTES);
    const importing = upload(`${cluster.importUrl()}/imports`, file).then(
      (answer) => answer.status,
      () => 'connection lost',
    );
    const moment = Date.now() + importMs * fraction;
    await waitFor(() => Date.now() >= moment, {
      deadlineMs: importMs * fraction + 5_000,
      what: () => 'the moment to kill',
    });
    await cluster.kill(...victim);
    const outcome = await importing;
    await waitFor(async () => (await cluster.pids(...victim)).length > 0 && (await cluster.isReady()), {
      deadlineMs: 120_000,
      what: () => `${victim.join(' ')} started again and ready`,
    });
    await waitFor(
      async () =>
        (await cluster.convergence(undefined, '5s').catch(() => ({ state: 'no answer' }))).state === 'converged',
      {
        deadlineMs: 120_000,
        what: () =>
          `convergence after killing ${victim.join(' ')} at ${Math.round(fraction * 100)} % of an import that ended with ${outcome}`,
      },
    );
    await waitFor(() => cluster.nodeIds.every((node) => leftovers(cluster.storage(node)).length === 0), {
      deadlineMs: 30_000,
      what: () =>
        `empty staging and trash; there is ${cluster.nodeIds.flatMap((node) => leftovers(cluster.storage(node))).join(', ')}`,
    });
    const { extensions } = (await request<ExtensionList>(`${cluster.importUrl()}/extensions`)).body;
    if (outcome === 201) expect(extensions[0]!.version).toBe(`1.0.${round}`);
    const digests = cluster.nodeIds.map((node) => digestOfTree(cluster.extension(node, 'Large')));
    expect(new Set(digests).size).toBe(1);
    for (const node of cluster.nodeIds) {
      expect(extensionsIn(cluster.storage(node))).toEqual(['Large']);
      expect(readFileSync(path.join(cluster.extension(node, 'Large'), 'Large.chk'), 'utf8')).toContain(
        extensions[0]!.sha256,
      );
      expect(existsSync(calls) ? readFileSync(calls, 'utf8') : '').toContain(
        `${node} deploy Large ${extensions[0]!.version}`,
      );
    }
  });
});
