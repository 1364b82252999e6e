import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { buildPackage, temporaryDirectory, waitFor } from '@muster/testing';
import { Cluster, countOn, describeOnEachLog } from './cluster.js';
import { extensionsIn } from './disk.js';

const COUNT = 50;

describeOnEachLog('a package that cannot be deployed on one node', (log) => {
  const count = countOn(log, COUNT, 30);

  test('is parked there with the reason, the rest converge, and its mended version is tried at once', async () => {
    const directory = await temporaryDirectory('hook');
    const calls = path.join(directory, 'calls');
    const hook = path.join(directory, 'hook.sh');
    writeFileSync(
      hook,
      `#!/bin/sh\necho "$MUSTER_NODE $MUSTER_ACTION $MUSTER_EXTENSION $MUSTER_VERSION" >> ${calls}\n` +
        'if [ "$MUSTER_EXTENSION $MUSTER_VERSION $MUSTER_ACTION" = "Package-25 1.0.0 deploy" ]; then echo "licence missing" >&2; exit 3; fi\n',
    );
    chmodSync(hook, 0o755);
    const cluster = await Cluster.start({ log, hooks: [`node-2=${hook}`], env: { MUSTER_RETRY_FIRST: '1m' } });
    try {
      let last = 0;
      for (let index = 1; index <= count; index += 1) {
        const answer = await cluster.import(buildPackage({ name: `Package-${index}` }));
        expect(answer.status, JSON.stringify(answer.body)).toBe(201);
        last = answer.body.revision;
      }
      expect(await cluster.convergence(last, '2m')).toMatchObject({ state: 'converged' });
      await waitFor(() => extensionsIn(cluster.storage('node-2')).length === count - 1, {
        deadlineMs: 60_000,
        what: () => `the other ${count - 1} on node-2`,
      });
      expect(extensionsIn(cluster.storage('node-3'))).toHaveLength(count);

      const node = await cluster.node('node-2');
      expect(node.parked).toHaveLength(1);
      expect(node.parked[0]).toMatchObject({ name: 'Package-25', state: 'parked', attempts: 1 });
      expect(node.parked[0]!.lastFailure).toMatchObject({ code: 'hook-failed' });
      expect(node.parked[0]!.lastFailure!.detail).toContain('licence missing');
      expect(node.parked[0]!.nextAttemptAt).toBeDefined();
      const failed = await cluster.convergence(25, '0s');
      expect(failed.state).toBe('failed');
      expect(failed.nodes.find((entry) => entry.node === 'node-2')!.reason).toContain('licence missing');
      expect((await cluster.convergence(undefined, '0s')).state).not.toBe('converged');

      const mended = await cluster.import(buildPackage({ name: 'Package-25', version: '1.0.1' }));
      expect(mended.status).toBe(201);
      expect((await cluster.convergence(mended.body.revision)).state).toBe('converged');
      expect((await cluster.convergence()).state).toBe('converged');
      expect(readFileSync(calls, 'utf8').trim().split('\n')).toContain('node-2 deploy Package-25 1.0.1');
    } finally {
      await cluster.down();
    }
  });

  test('on the origin, the import is backed out and the answer tells the step and the hook’s words', async () => {
    const cluster = await Cluster.start({
      log,
      nodes: 2,
      hooks: ['node-1=if [ "$MUSTER_VERSION" = 2.0.0 ]; then echo "no room"; exit 7; fi'],
    });
    try {
      expect((await cluster.import(buildPackage({ name: 'Fussy' }))).status).toBe(201);
      const refused = await cluster.import(buildPackage({ name: 'Fussy', version: '2.0.0' }));
      expect(refused.status).toBe(422);
      expect(refused.body).toMatchObject({ code: 'hook-failed', step: 'deploy' });
      expect(refused.body.detail).toContain('no room');
      expect(refused.body.undone?.length).toBeGreaterThan(0);
      expect((await cluster.convergence()).state).toBe('converged');
      expect(readFileSync(path.join(cluster.extension('node-1', 'Fussy'), 'lib/common/Fussy.jar'), 'utf8')).toContain(
        '1.0.0',
      );
    } finally {
      await cluster.down();
    }
  });
});
