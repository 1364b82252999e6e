import { cpSync } from 'node:fs';
import path from 'node:path';
import { StorageLock } from '@muster/node-storage';
import { buildPackage, temporaryDirectory, waitFor } from '@muster/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause, resume, signal } from './calls.js';
import { Cluster, describeOnEachLog } from './cluster.js';
import { DAMAGES } from './damage.js';
import { FAST } from './fast.js';
import { fingerprint, watchGreen } from './green-watch.js';
import { Random } from './random.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');
const seed = Number(process.env['MUSTER_TEST_SEED'] ?? Date.now() % 2 ** 31);
const DRIFT_PERIOD_MS = 1_000;
const NAMES = ['Alder', 'Birch', 'Cedar', 'Douglas'];
const FILES = ['lib/common/code.jar', 'ui/widget/a.js', 'ui/widget/b.js', 'doc/readme.txt'];

describeOnEachLog(`green cannot lie (MUSTER_TEST_SEED=${seed})`, (log) => {
  const random = new Random(seed);
  let cluster: Cluster;
  let older: string;
  let sound: string;
  const extensions = (node: string): string => path.join(cluster.storage(node), 'extensions');

  beforeAll(async () => {
    cluster = await Cluster.start({ log, env: { ...FAST, MUSTER_DRIFT_PERIOD: `${DRIFT_PERIOD_MS}ms` } });
    const importAll = async (version: string): Promise<void> => {
      for (const name of NAMES) {
        const files = Object.fromEntries(FILES.map((file) => [file, `${name} ${version} ${file} `.repeat(50)]));
        expect((await cluster.import(buildPackage({ name, version, files }))).status).toBe(201);
      }
      expect((await cluster.convergence()).state).toBe('converged');
    };
    await importAll('1.0.0');
    older = await temporaryDirectory('older');
    cpSync(extensions('node-1'), older, { recursive: true });
    await importAll('2.0.0');
    sound = fingerprint(extensions('node-1'));
  });
  afterAll(() => cluster?.down());

  /** What keeps a node from putting its disk right while it lasts; each answers its end. */
  const hindrances: Readonly<Record<string, (node: string) => Promise<() => Promise<unknown>>>> = {
    nothing: () => Promise.resolve(() => Promise.resolve()),
    'the node is paused': async (node) => {
      await pause(cluster, node, 'so that nothing is put right');
      return () => resume(cluster, node);
    },
    'its storage is locked': async (node) => {
      const lock = new StorageLock(path.join(cluster.storage(node), '.muster/lock'), { service: 'e2e', node }, 30_000);
      const { promise: held, resolve: release } = deferred();
      const { promise: granted, resolve: grant } = deferred();
      const holding = lock.withLock('holds it', () => (grant(), held));
      await granted;
      return () => (release(), holding);
    },
    'its agent is stopped': async (node) => {
      await signal(cluster, 'SIGSTOP', 'sync-agent', node);
      return () => signal(cluster, 'SIGCONT', 'sync-agent', node);
    },
    'its agent is killed, and starts again': async (node) => {
      await signal(cluster, 'SIGKILL', 'sync-agent', node);
      return () => Promise.resolve();
    },
  };
  const lasting = new Set(['the node is paused', 'its storage is locked', 'its agent is stopped']);

  const harm = (node: string): string => {
    const name = random.pick(NAMES);
    const what = random.pick(Object.keys(DAMAGES));
    const victim = {
      directory: cluster.extension(node, name),
      files: FILES,
      older: path.join(older, name),
      aside: path.join(cluster.directory, `aside-${random.below(1e9)}`),
    };
    DAMAGES[what]?.(victim, random);
    return `${what} in ${name} on ${node}`;
  };

  const rounds = Array.from({ length: 5 * scale }, (_, index) => {
    const kinds = Object.keys(hindrances);
    // Each in turn, so that few rounds meet all of them; where and what is left to chance.
    return { round: index + 1, hindrance: kinds[index % kinds.length] ?? 'nothing' };
  });

  test.for(rounds)('round $round: $hindrance', async ({ hindrance }) => {
    const node = random.pick(cluster.nodeIds);
    const watch = watchGreen(cluster, sound, DRIFT_PERIOD_MS);
    const done: string[] = [];
    const said = (): string => `${done.join(' and ')} (${hindrance})`;
    try {
      const end = await (hindrances[hindrance] as (node: string) => Promise<() => Promise<unknown>>)(node);
      try {
        done.push(harm(node));
        if (random.below(2) === 0) done.push(harm(random.pick(cluster.nodeIds.filter((other) => other !== node))));
        if (lasting.has(hindrance)) {
          await waitFor(() => watch.judged >= 20, { what: () => `answers during ${said()}` });
          expect(watch.differsSince.has(node), `the damage stays during ${said()}`).toBe(true);
          expect(watch.lies, said()).toEqual([]);
        }
      } finally {
        await end();
      }
      await waitFor(() => cluster.nodeIds.every((each) => fingerprint(extensions(each)) === sound), {
        what: () => `disks put right after ${said()}`,
      });
      const answer = await cluster.convergence(undefined, '60s');
      expect(answer, JSON.stringify(answer)).toMatchObject({ state: 'converged' });
    } finally {
      await watch.stop();
    }
    expect(watch.lies, said()).toEqual([]);
  });
});

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
