import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '@muster/testing';
import { docker, whyNoEngine } from './engine.js';
import { ExpectedExtensions } from './expected-extensions.js';
import { AGENTS, type Part, SERVICES, Stack } from './stack.js';

const missing = whyNoEngine();
const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');
const log = process.env['MUSTER_TEST_LOG'] ?? 'kafka';
/** Real packages, where somebody names a directory of them: they are imported too. */
const realZips = process.env['MUSTER_REAL_ZIPS'];

describe.skipIf(missing)(`the stack of docker-compose.yml${missing === undefined ? '' : ` (${missing})`}`, () => {
  let stack: Stack;
  let extensions: ExpectedExtensions;
  const secrets: string[] = [];

  beforeAll(async () => {
    stack = await Stack.create();
    await stack.build();
    await stack.up();
    extensions = await ExpectedExtensions.of(stack);
    const kept = await stack.compose([
      'run',
      '--rm',
      '--no-deps',
      '--entrypoint',
      'sh',
      'secrets',
      '-c',
      'cat /secrets/*',
    ]);
    secrets.push(
      ...kept
        .trim()
        .split('\n')
        .map((line) => /:([^:@]+)@/.exec(line)?.[1] ?? line),
    );
  }, 2_400_000);
  afterAll(async () => {
    await stack?.down();
    expect(await stack?.leftovers()).toEqual([]);
  }, 300_000);

  test('holds in its image what the services run on, and nothing to build or to test with', async () => {
    const list = `require('fs').readdirSync('/muster', { recursive: true }).forEach((file) => console.log(file))`;
    const files = (await docker(['run', '--rm', '--entrypoint', 'node', stack.image, '-e', list])).split('\n');
    expect(files).toContain('apps/sync-agent/dist/main.js');
    expect(files).toContain('libs/catalog/migrations/0001_catalog.sql');
    const own = files.filter((file) => !file.startsWith('node_modules/'));
    expect(own.filter((file) => /\.(ts|map|tsbuildinfo)$|\bspec\b|conformance|harness/.test(file))).toEqual([]);
    expect(
      own.filter((file) => /^libs\/(testing|embedded-postgres|local-kafka)|^apps\/local-cluster/.test(file)),
    ).toEqual([]);
    const tools =
      /^node_modules\/(typescript|vitest|vite|nx|oxlint|prettier|testcontainers|embedded-postgres|@types|@embedded-postgres|@vitest)(\/|$)/;
    expect(files.filter((file) => tools.test(file))).toEqual([]);
    const which = 'for t in npm npx corepack yarn tsc gcc make python3 git curl; do command -v $t; done; true';
    expect(await docker(['run', '--rm', '--entrypoint', 'sh', stack.image, '-c', which])).toBe('');
  });

  test.for(SERVICES)('%s runs as nobody in particular, on a file system that it cannot write', async (service) => {
    expect(await stack.inspect(service, '.Config.User')).toBe('1000:1000');
    const host = await stack.inspect<Record<string, unknown>>(service, '.HostConfig');
    expect(host).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], CapAdd: null, Privileged: false });
    expect(host['SecurityOpt']).toContain('no-new-privileges:true');
    expect(Number(host['Memory'])).toBeGreaterThan(0);
    expect((await stack.shell(service, 'id -u')).trim()).toBe('1000');
    const writable = 'for d in / /muster /usr /etc /secrets /var; do touch $d/x 2>/dev/null && echo $d; done; true';
    expect(await stack.shell(service, writable)).toBe('');
    expect(await stack.shell(service, 'grep CapEff: /proc/self/status')).toMatch(/CapEff:\s+0+$/m);
    const ports = Object.values(
      await stack.inspect<Record<string, { HostIp: string }[]>>(service, '.NetworkSettings.Ports'),
    );
    expect(ports.flat().map(({ HostIp }) => HostIp)).toEqual(['127.0.0.1']);
  });

  test('each service reads its own secrets and comes to the database by its own login', async () => {
    const readable = (service: (typeof SERVICES)[number]) =>
      stack.shell(service, 'for f in /secrets/*; do cat $f >/dev/null 2>&1 && basename $f; done; true');
    expect((await readable('import-service')).trim().split('\n')).toEqual(['importer.url', 'owner.url']);
    expect((await readable('agent-2')).trim()).toBe('node-2.url');
    expect((await readable('status-service')).trim()).toBe('status.url');
    const psql = 'psql -h 127.0.0.1 -U postgres -d muster -Atc';
    const logins = await stack.shell(
      'postgres',
      `${psql} "select distinct usename from pg_stat_activity where backend_type = 'client backend'"`,
    );
    expect(logins.split('\n')).toEqual(
      expect.arrayContaining(['agent-node-1', 'agent-node-2', 'agent-node-3', 'import-service', 'status-service']),
    );
    const may = `select has_table_privilege('agent-node-2', 'revision', 'insert'), has_table_privilege('import-service', 'revision', 'insert')`;
    expect((await stack.shell('postgres', `${psql} "${may}"`)).trim()).toBe('f|t');
  });

  test('takes packages, and every volume holds them byte for byte', async () => {
    await extensions.importBuilt('First');
    await extensions.importBuilt('Leaver');
    for (const file of realZips === undefined
      ? []
      : readdirSync(realZips)
          .filter((name) => name.endsWith('.zip'))
          .toSorted()) {
      await extensions.importFile(path.join(realZips!, file));
    }
    const upgraded = await extensions.importBuilt('First', '1.1.0');
    expect(upgraded.changes).toMatchObject([{ action: 'upgrade', previousVersion: '1.0.0' }]);
    await stack.converged(upgraded.revision);
    expect(await extensions.differences()).toEqual([]);
    await extensions.remove('Leaver');
    await stack.converged();
    expect(await extensions.differences()).toEqual([]);
  });

  const parts: Part[] = ['kafka', 'postgres', ...SERVICES];
  const rounds = Array.from({ length: scale }, (_, round) => parts.map((part) => [part, round + 1] as const)).flat();
  test.for(rounds)('%s is killed amid imports, and all is healed by the restart policy alone (%i)', async ([part]) => {
    await extensions.importBuilt();
    const writer = (async () => {
      for (let count = 0; count < 3; count += 1) await extensions.importBuilt();
      await extensions.remove(extensions.names.find((name) => name.startsWith('Load'))!);
    })();
    await Promise.all([stack.crash(part), writer]);
    await waitFor(() => stack.areReady(SERVICES), {
      deadlineMs: 180_000,
      everyMs: 250,
      what: `readiness after ${part}`,
    });
    const all = await stack.converged();
    expect(all.nodes).toHaveLength(AGENTS.length);
    expect(await extensions.differences()).toEqual([]);
  });

  const restarts = () => Promise.all(SERVICES.map((service) => stack.inspect<number>(service, '.RestartCount')));

  test('postgres is down for a while: services outlive it, and what was asked is done', async () => {
    const before = await restarts();
    await stack.compose(['kill', 'postgres']);
    const accepted = extensions.importBuilt();
    await waitFor(async () => (await fetch(`${await stack.url('import-service')}/health/ready`)).status === 503, {
      deadlineMs: 60_000,
      what: 'an import-service that says what it misses',
    });
    await stack.compose(['start', 'postgres']);
    await stack.converged((await accepted).revision);
    expect(await extensions.differences()).toEqual([]);
    expect(await restarts()).toEqual(before);
  });

  test.skipIf(log === 'postgres')(
    'kafka is down for a while: imports go on, the status says so, and it is caught up',
    async () => {
      const before = await restarts();
      expect((await stack.converged()).eventLog).toMatchObject({ kind: 'kafka', ok: true });
      const topics = await stack.shell(
        'kafka',
        '/opt/kafka/bin/kafka-topics.sh --bootstrap-server localhost:9092 --describe',
      );
      expect(topics).toMatch(/muster\.local\.extension-changed.*PartitionCount: 1\b/);
      await stack.compose(['kill', 'kafka']);
      const { revision } = await extensions.importBuilt();
      await waitFor(async () => (await stack.convergence()).eventLog?.ok === false, {
        deadlineMs: 60_000,
        everyMs: 250,
        what: 'a status that says that the log is away',
      });
      await stack.compose(['start', 'kafka']);
      await stack.converged(revision);
      await waitFor(async () => (await stack.convergence()).eventLog?.unpublished === 0, {
        deadlineMs: 120_000,
        everyMs: 250,
        what: 'a relay that has caught up',
      });
      await extensions.importBuilt();
      await stack.converged();
      expect(await extensions.differences()).toEqual([]);
      expect(await restarts()).toEqual(before);
    },
  );

  test('no secret is in what the engine tells, nor in any log', async () => {
    const containers = (await stack.compose(['ps', '--all', '--quiet'])).trim().split('\n');
    const told = [
      await docker(['inspect', ...containers]),
      await docker(['history', '--no-trunc', stack.image]),
      await docker(['image', 'inspect', stack.image]),
      await stack.compose(['logs', '--no-color']),
    ].join('\n');
    expect(told).toContain('muster-owner');
    expect(secrets).toHaveLength(7);
    for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{48}$/);
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
  });

  test('every service ends in order when it is told to, and comes back with what it had', async () => {
    await stack.compose(['stop', ...SERVICES], 300_000);
    for (const service of SERVICES) expect(await stack.inspect(service, '.State.ExitCode'), service).toBe(0);
    await stack.up();
    await stack.converged();
    expect(await extensions.differences()).toEqual([]);
  });
});
