import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CauseName, ExtensionList } from '@muster/contracts';
import { startLocalKafka, type LocalKafka } from '@muster/local-kafka';
import { StorageLock } from '@muster/node-storage';
import {
  buildPackage,
  createDatabase,
  FaultProxy,
  localKafkaForTests,
  SmallDisk,
  temporaryDirectory,
} from '@muster/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startAgent } from './agent-beside.js';
import { order, pause, resume, signal, type WhyQuery } from './calls.js';
import { Cluster, describeOnEachLog, request } from './cluster.js';
import { FAST } from './fast.js';
import { GatedHook } from './gated-hook.js';
import { Guest } from './guest.js';
import { StoredZip } from './stored-zip.js';
import { WhyTable } from './why-table.js';

const MEGABYTE = 1024 ** 2;
/** The apply of a package leaves 16 MB free. */
const SMALL_MEGABYTES = 32;
const canMount = await SmallDisk.canMount();
const ownKafka = await localKafkaForTests();

/** `waiting-turn` is tried in `turns.spec.ts`: here one node alone has a hook. */
describeOnEachLog('why', (log) => {
  const ownBroker = log === 'kafka' && 'available' in ownKafka;
  let databaseUrl: string;
  let toDatabase: FaultProxy;
  let broker: LocalKafka | undefined;
  let dataDir: string;
  let hook: GatedHook;
  let cluster: Cluster;
  let table: WhyTable;

  beforeAll(async () => {
    databaseUrl = (await createDatabase()).url;
    toDatabase = await FaultProxy.inFrontOf(databaseUrl);
    hook = await GatedHook.create();
    dataDir = await temporaryDirectory('broker');
    broker = ownBroker ? await startLocalKafka({ dataDir }) : undefined;
    cluster = await Cluster.start({
      log,
      nodes: 2,
      hooks: [`node-2=${hook.command}`],
      databaseUrl: toDatabase.urlThrough(databaseUrl),
      env: { ...FAST, ...(broker && { KAFKA_BROKERS: broker.brokers }) },
    });
    table = new WhyTable(cluster);
    await importNew('Resident');
    await table.expectCleared();
  });
  afterAll(async () => {
    process.stdout.write(`\nwhy, log in ${log}:\n${table?.text}\n\n`);
    await cluster?.down();
    await broker?.kill();
    await toDatabase?.close();
  });

  /** What one test could not clear is no trouble of the next. */
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    hook.openAll();
    const { extensions } = (await request<ExtensionList>(`${cluster.importUrl()}/extensions`)).body;
    for (const { name } of extensions) if (name !== 'Resident') await cluster.remove(name);
    await table.expectCleared();
  });

  const importNew = async (name: string, version = '1.0.0', more: object = {}): Promise<number> => {
    const answer = await cluster.import(buildPackage({ name, version, ...more }));
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body.revision;
  };
  /** The node's answer, the extension's, and that of the whole cluster: there, others may still be on their way. */
  const expectNamed = async (cause: CauseName, query: WhyQuery) => {
    const [named] = await Promise.all([
      table.expectNamed(cause, query),
      table.expectNamed(cause, {}, query.node === undefined ? {} : { of: query.node }),
    ]);
    return named;
  };

  describe('a node that does not take an extension', () => {
    const node = 'node-2';

    test('catching-up: its hook takes its time', async () => {
      hook.slow('Slow');
      await importNew('Slow');
      await expectNamed('catching-up', { node, extension: 'Slow' });
      hook.open('Slow');
      await table.expectCleared();
    });

    test('hook-failed, and dependency-parked behind it', async () => {
      hook.fail('Base', 'licence missing');
      await importNew('Base');
      const failed = await expectNamed('hook-failed', { node, extension: 'Base' });
      expect(failed.text).toContain('licence missing');
      expect(failed).toMatchObject({ node, extension: 'Base', attempts: 1, lastFailure: { code: 'hook-failed' } });
      expect(Date.parse(failed.nextAttempt ?? '')).toBeGreaterThan(Date.now());
      await importNew('Needy', '1.0.0', { dependsOn: [{ name: 'Base', version: '1.0.0' }] });
      const behind = await table.expectNamed('dependency-parked', { node, extension: 'Needy' }, { aboutIt: true });
      expect(behind).toMatchObject({ node, extension: 'Needy', waitsFor: 'Base' });
      hook.open('Base');
      await order(cluster, node, 'retry', ['Base']);
      await table.expectCleared();
    });

    test('paused: it takes nothing until it is resumed', async () => {
      await pause(cluster, node, 'a new disk');
      await importNew('Held');
      const held = await expectNamed('paused', { node, extension: 'Held' });
      expect(held.text).toContain('a new disk');
      await resume(cluster, node);
      await table.expectCleared();
    });

    test('superseded: a later revision came before the one that is asked for', async () => {
      await pause(cluster, node, 'for a moment');
      const earlier = await importNew('Moving', '1.0.0');
      const later = await importNew('Moving', '1.0.1');
      await resume(cluster, node);
      await table.expectCleared();
      const past = await table.expectNamed('superseded', { node, extension: 'Moving', revision: earlier });
      expect(past.text).toContain(String(later));
      await table.expectCleared({ node, extension: 'Moving', revision: later });
    });

    test.for([
      ['checksum-mismatch', (zip: StoredZip) => zip.flipByte()],
      ['package-missing', (zip: StoredZip) => zip.takeAway()],
    ] as const)('%s: the zip in the catalog is not what it was; the remedy helps', async ([cause, damage]) => {
      const name = cause === 'package-missing' ? 'Missing' : 'Damaged';
      await pause(cluster, node, 'until the zip is damaged');
      await importNew(name);
      await damage(new StoredZip(databaseUrl, name));
      await resume(cluster, node);
      await expectNamed(cause, { node, extension: name });
      const again = await cluster.import(buildPackage({ name }));
      expect([200, 201], JSON.stringify(again.body)).toContain(again.status);
      await order(cluster, node, 'retry', [name]);
      await table.expectCleared();
    });

    test('lock-held: another process works in its storage', async () => {
      const file = path.join(cluster.storage(node), '.muster/lock');
      const lock = new StorageLock(file, { service: 'nightly-copy', node }, 30_000);
      let release: (() => void) | undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const holding = lock.withLock('copies the storage', () => held);
      try {
        await importNew('Locked');
        const named = await expectNamed('lock-held', { node, extension: 'Locked' });
        expect(named.waitsFor).toContain('nightly-copy');
        expect(named.text).toContain(String(process.pid));
      } finally {
        release?.();
        await holding;
      }
      await table.expectCleared();
    });

    test('node-offline: its agent is stopped', async () => {
      await signal(cluster, 'SIGSTOP', 'sync-agent', node);
      try {
        await importNew('Unseen');
        await expectNamed('node-offline', { node, extension: 'Unseen' });
      } finally {
        await signal(cluster, 'SIGCONT', 'sync-agent', node);
      }
      await table.expectCleared();
    });
  });

  describe('a node with a world of its own', () => {
    const node = 'node-4';
    let guest: Guest;
    beforeAll(async () => {
      guest = await Guest.join(cluster, node, databaseUrl, canMount ? SMALL_MEGABYTES : undefined);
      await table.expectCleared();
    });
    afterAll(() => guest?.leave());

    test.skipIf(!canMount)('disk-full (needs root and a tmpfs): no room for the package', async () => {
      await importNew('Bulky', '1.0.0', { files: { 'lib/common/bulk.jar': Buffer.alloc(24 * MEGABYTE, 'x') } });
      await expectNamed('disk-full', { node, extension: 'Bulky' });
      guest.disk?.grow(200);
      await order(cluster, node, 'retry', ['Bulky']);
      await table.expectCleared();
    });

    test('database-away: for this node alone', async () => {
      guest.toDatabase.setNewConnections('reset');
      guest.toDatabase.reset();
      try {
        await importNew('Unread');
        await expectNamed('database-away', { node, extension: 'Unread' });
      } finally {
        guest.toDatabase.heal();
      }
      await table.expectCleared();
    });

    test('node-offline: its agent has ended', async () => {
      await guest.stop();
      await importNew('Later');
      await expectNamed('node-offline', { node, extension: 'Later' });
    });

    test('forked: its storage knows another history', async () => {
      guest.forgeHistory();
      guest.start();
      await expectNamed('forked', { node });
      await order(cluster, node, 'accept-catalog');
      await table.expectCleared();
    });

    test('clock-skew: its clock is ten minutes ahead, which is told though nothing is wrong', async () => {
      await guest.stop();
      guest.start({ clockShiftMs: 600_000 });
      await table.expectCleared();
      await expectNamed('clock-skew', { node });
      await guest.stop();
      guest.start();
      await table.expectCleared();
    });
  });

  describe('all of it', () => {
    test('database-away: for everybody', async () => {
      toDatabase.setNewConnections('reset');
      toDatabase.reset();
      try {
        await table.expectNamed('database-away', {});
        await table.expectNamed('database-away', { node: 'node-2', extension: 'Resident' });
      } finally {
        toDatabase.heal();
      }
      await table.expectCleared();
    });

    test.skipIf(!ownBroker)('broker-away (a broker of our own): its process is killed', async () => {
      const port = broker?.port;
      await broker?.kill();
      try {
        await table.expectNamed('broker-away', {});
      } finally {
        broker = await startLocalKafka({ dataDir, ...(port !== undefined && { port }) });
      }
      await table.expectCleared();
    });
  });

  describe('what is found again and again', () => {
    test('drift-recurring: something else writes there', async () => {
      const file = path.join(cluster.extension('node-2', 'Resident'), 'lib/common/Resident.jar');
      const write = (): void => {
        if (existsSync(file)) writeFileSync(file, 'mine');
      };
      // Leaves it whole for a moment each time: what never comes to an end is no correction, and so none that recurs.
      const writer = setInterval(write, 3_000);
      try {
        await expectNamed('drift-recurring', { node: 'node-2', extension: 'Resident' });
      } finally {
        clearInterval(writer);
      }
      await table.expectCleared();
    });

    test('storage-shared: a second agent was given the storage of another', async () => {
      const second = startAgent({
        ...cluster.logEnvironment,
        DATABASE_URL: databaseUrl,
        MUSTER_NODE: 'node-2',
        MUSTER_STORAGE: cluster.storage('node-2'),
      });
      expect(await second.ended).toBe(1);
      await expectNamed('storage-shared', { node: 'node-2' });
    });

    test('node-id-duplicated: a second agent claims the id of another', async () => {
      const twin = startAgent({
        ...cluster.logEnvironment,
        DATABASE_URL: databaseUrl,
        MUSTER_NODE: 'node-1',
        MUSTER_STORAGE: await temporaryDirectory('twin'),
      });
      expect(await twin.ended).toBe(1);
      await expectNamed('node-id-duplicated', { node: 'node-1' });
    });
  });
});
