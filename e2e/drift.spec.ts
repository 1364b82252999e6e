import {
  appendFileSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  statSync,
  writeFileSync,
  openSync,
  writeSync,
  closeSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPackage, waitFor } from '@muster/testing';
import { Cluster, describeOnEachLog } from './cluster.js';
import { digestOfTree, extensionsIn } from './disk.js';

const JAR = 'lib/common/Drifter.jar';

describeOnEachLog('a node whose disk no longer holds what the catalog says', (log) => {
  let cluster: Cluster;
  let healthy: string;
  beforeAll(async () => {
    cluster = await Cluster.start({ log, env: { MUSTER_DRIFT_PERIOD: '1s' } });
    const answer = await cluster.import(
      buildPackage({ name: 'Drifter', files: { [JAR]: 'sound bytes', 'ui/a/b.js': '1' } }),
    );
    expect((await cluster.convergence(answer.body.revision)).state).toBe('converged');
    healthy = digestOfTree(cluster.extension('node-2', 'Drifter'));
  });
  afterAll(() => cluster.down());

  const harm: Record<string, (directory: string) => void> = {
    'a changed file': (directory) => writeFileSync(path.join(directory, JAR), 'wrong bytes'),
    'a byte changed behind the old size and time': (directory) => {
      const file = path.join(directory, JAR);
      const { atime, mtime } = statSync(file);
      const descriptor = openSync(file, 'r+');
      writeSync(descriptor, 'S', 0);
      closeSync(descriptor);
      utimesSync(file, atime, mtime);
    },
    'a deleted file': (directory) => rmSync(path.join(directory, JAR)),
    'an added file': (directory) => writeFileSync(path.join(directory, 'ui/a/extra.js'), 'extra'),
    'an edited .chk': (directory) => appendFileSync(path.join(directory, 'Drifter.chk'), ' '),
    'a symbolic link in place of a file': (directory) => {
      rmSync(path.join(directory, JAR));
      symlinkSync('/etc/hostname', path.join(directory, JAR));
    },
    'a deleted directory': (directory) => rmSync(directory, { recursive: true }),
  };

  test.for(Object.keys(harm))('%s is found, healed and reported', async (kind) => {
    const directory = cluster.extension('node-2', 'Drifter');
    const reported = (await cluster.node('node-2')).drift.length;
    harm[kind]!(directory);
    await waitFor(async () => (await cluster.node('node-2')).drift.length > reported || reported === 20, {
      deadlineMs: 15_000,
      what: () => `a report of ${kind}`,
    });
    await waitFor(
      () => extensionsIn(cluster.storage('node-2')).includes('Drifter') && digestOfTree(directory) === healthy,
      {
        deadlineMs: 15_000,
        what: () => `the healed tree after ${kind}`,
      },
    );
    const status = await cluster.status('node-2');
    expect(status.report?.drift.some(({ extension }) => extension === 'Drifter')).toBe(true);
  });

  test('a foreign directory is left alone and shown', async () => {
    const foreign = cluster.extension('node-3', 'Handmade');
    mkdirSync(foreign);
    writeFileSync(path.join(foreign, 'mine.txt'), 'mine');
    await waitFor(async () => (await cluster.status('node-3')).report?.foreign.includes('Handmade') === true, {
      deadlineMs: 15_000,
      what: () => 'the foreign directory in the report',
    });
    expect((await cluster.convergence()).state).toBe('converged');
    expect(extensionsIn(cluster.storage('node-3'))).toContain('Handmade');
  });
});

describeOnEachLog('drift and an import under way', (log) => {
  test('nothing is put right between the swap and the commit', async () => {
    const directory = path.join(import.meta.dirname, '..');
    const cluster = await Cluster.start({ log, nodes: 1, hooks: ['sleep 3'], env: { MUSTER_DRIFT_PERIOD: '250ms' } });
    try {
      const importing = cluster.import(buildPackage({ name: 'Slow' }));
      const seen: string[] = [];
      await waitFor(() => extensionsIn(cluster.storage('node-1')).includes('Slow'), {
        deadlineMs: 20_000,
        what: () => 'the swap',
      });
      let done = false;
      void importing.finally(() => (done = true));
      await waitFor(
        () => {
          if (!extensionsIn(cluster.storage('node-1')).includes('Slow')) seen.push(`gone in ${directory}`);
          return done;
        },
        { deadlineMs: 20_000, what: () => 'the end of the import' },
      );
      expect((await importing).status).toBe(201);
      expect(seen).toEqual([]);
      expect((await cluster.node('node-1')).drift).toEqual([]);
    } finally {
      await cluster.down();
    }
  });
});
