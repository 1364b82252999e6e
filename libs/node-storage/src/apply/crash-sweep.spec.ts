import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '@muster/testing';
import { fixturePackage } from '../spec/fixture-package.js';
import { MemoryCatalog } from '../spec/memory-catalog.js';
import { TrialStorage } from '../spec/trial-storage.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');
const CHILD = fileURLToPath(new URL('../spec/crash-child.mjs', import.meta.url));
const CALLS = 'rename,renameat2,fsync,unlink,rmdir,mkdir,link,linkat';

const hasTracer = process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;

const before = {
  bring: [
    { name: 'A', version: '1' },
    { name: 'B', version: '1' },
    { name: 'Z', version: '1', dependsOn: ['B'] },
  ],
};
const change = {
  bring: [
    { name: 'A', version: '2', dependsOn: ['C'] },
    { name: 'C', version: '1' },
  ],
  remove: ['Z'],
};
/** What may stand under each name at any instant: nothing, or one of these versions, whole. */
const allowed: Record<string, readonly (string | undefined)[]> = {
  A: ['1', '2'],
  B: ['1'],
  C: [undefined, '1'],
  Z: ['1', undefined],
};

interface Trial {
  readonly directory: string;
  readonly root: string;
  readonly catalogFile: string;
}

async function prepare(): Promise<Trial> {
  const directory = await temporaryDirectory('crash');
  const root = join(directory, 'template');
  const trial = await TrialStorage.open(new MemoryCatalog(), { storage: root });
  trial.catalog.commit(before);
  await trial.apply();
  const base = trial.catalog.ref();
  const next = trial.catalog.proposed(change);
  const packages = Object.fromEntries(
    [...trial.catalog.packages].map(([sha256, { bytes }]) => [sha256, bytes.toString()]),
  );
  const ref = { catalogId: base.catalogId, revision: next.revision, chain: next.chain };
  const catalogFile = join(directory, 'catalog.json');
  writeFileSync(catalogFile, JSON.stringify({ wanted: next, packages, ref, only: ['A', 'C', 'Z'] }));
  await trial.storage.close();
  return { directory, root, catalogFile };
}

function trace(trial: Trial, root: string, mode: string, options: readonly string[]) {
  const command = ['-f', '-qq', '--seccomp-bpf', ...options, process.execPath, CHILD, root, trial.catalogFile, mode];
  // One thread in the pool: the tracer counts for each thread by itself.
  return spawnSync('strace', command, {
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    encoding: 'utf8',
    timeout: 30_000,
  });
}

/** How many of the calls the thread makes that makes most of them. */
async function countCalls(trial: Trial, mode: string): Promise<number> {
  const root = join(trial.directory, `count-${mode}`);
  await cp(trial.root, root, { recursive: true });
  const log = join(trial.directory, `calls-${mode}`);
  const { status, stderr } = trace(trial, root, mode, ['-o', log, '-e', `trace=${CALLS}`]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const perThread = new Map<string, number>();
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [thread = ''] = line.split(' ');
    if (/^\d+ +\w+\(/.test(line)) perThread.set(thread, (perThread.get(thread) ?? 0) + 1);
  }
  return Math.max(...perThread.values());
}

async function killAt(trial: Trial, mode: string, when: number): Promise<void> {
  const root = join(trial.directory, `${mode}-${when}`);
  await cp(trial.root, root, { recursive: true });
  trace(trial, root, mode, [
    '-o',
    '/dev/null',
    '-e',
    `trace=${CALLS}`,
    '-e',
    `inject=${CALLS}:signal=SIGKILL:when=${when}`,
  ]);
  const catalog = new MemoryCatalog();
  catalog.commit(before);
  if (mode === 'agent' || existsSync(`${root}.committed`)) catalog.commit(change);
  else catalog.proposed(change);
  if (mode === 'ahead') expect(existsSync(`${root}.hooks`)).toBe(false);
  const healed = await TrialStorage.open(catalog, { storage: root });
  const local = await healed.storage.inspect({ full: true });
  for (const [name, versions] of Object.entries(allowed)) {
    const version = healed.version(name);
    expect(versions, `${name} after a kill at call ${when}`).toContain(version);
    if (version === undefined) continue;
    const specs = [...before.bring, ...change.bring];
    const spec = specs.find((one) => one.name === name && one.version === version);
    const tree = local.extensions.get(name)?.tree;
    expect(tree, `${name} ${version} is whole`).toEqual({ digest: fixturePackage(spec ?? { name }).treeDigest });
    expect(local.extensions.get(name)?.mark, `${name} is marked`).toBeDefined();
  }
  expect(await healed.storage.findFork(catalog, { thorough: true })).toBeUndefined();
  await healed.apply();
  expect(await healed.differences(), `after a kill at call ${when}`).toEqual([]);
  await healed.storage.close();
  const left = execFileSync('find', [join(root, '.muster/staging'), join(root, '.muster/trash'), '-mindepth', '1']);
  expect(left.toString()).toBe('');
}

describe.skipIf(!hasTracer)('a kill -9 at any call that changes the disk', () => {
  it.each(['agent', 'import', 'ahead'])(
    'heals with the next start: %s',
    async (mode) => {
      const trial = await prepare();
      const calls = await countCalls(trial, mode);
      expect(calls).toBeGreaterThan(30);
      const points = Math.min(calls, 5 * scale);
      for (let index = 0; index < points; index += 1)
        await killAt(trial, mode, 1 + Math.floor((index * calls) / points));
    },
    1_200_000,
  );
});
