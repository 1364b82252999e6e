import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { MusterError } from '@muster/contracts';
import { MemoryCatalog } from '../spec/memory-catalog.js';
import { RecordingHook, TrialStorage } from '../spec/trial-storage.js';
import type { LocalState } from '../tree/local-state.js';
import { ApplyFailed } from './apply-failed.js';
import type { ApplyProgress } from './apply-options.js';

const A1 = { name: 'A', version: '1.0' };
const A2 = { name: 'A', version: '2.0' };

describe('apply, as the agent does', () => {
  it('installs, upgrades and removes, with hooks, and is then in sync', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    const hook = (trial.hook = new RecordingHook());
    trial.catalog.commit({ bring: [A1, { name: 'B', dependsOn: ['A'] }] });
    const states: ApplyProgress[] = [];
    const result = await trial.apply({ observe: (progress) => states.push(progress) });
    expect(result.applied.map(({ name, kind }) => [name, kind])).toEqual([
      ['A', 'install'],
      ['B', 'install'],
    ]);
    expect(states.filter(({ extension }) => extension === 'A').map(({ state }) => state)).toEqual([
      'queued',
      'fetching',
      'fetching',
      'verifying',
      'staging',
      'installing',
      'queued',
      'deploying',
      'in-sync',
    ]);
    const chk = readFileSync(join(trial.storage.extensionsPath, 'A', 'A.chk'), 'utf8');
    expect(chk).toBe(`${trial.catalog.state().extensions[0]?.sha256}  A.zip\n`);
    expect(await trial.differences()).toEqual([]);

    trial.catalog.commit({ bring: [A2], remove: ['B'] });
    await trial.apply();
    expect(hook.calls).toEqual(['deploy A 1.0', 'deploy B 1.0.0', 'deploy A 2.0', 'undeploy B 1.0.0']);
    expect(trial.version('A')).toBe('2.0');
    expect(await trial.differences()).toEqual([]);
    expect((await trial.apply()).applied).toEqual([]);
    expect((await trial.storage.cluster()).applied).toEqual(trial.catalog.ref());
  });

  it('puts a failing upgrade back, runs the opposite hook and goes on with the others', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [A1] });
    await trial.apply();
    const hook = (trial.hook = new RecordingHook((call) => call === 'deploy A 2.0'));
    trial.catalog.commit({ bring: [A2, { name: 'C' }, { name: 'D', dependsOn: ['A'] }] });
    const result = await trial.apply();
    expect(result.parked).toMatchObject([
      {
        name: 'A',
        kind: 'replace',
        step: 'hook',
        code: 'hook-failed',
        undone: ['put A 1.0 back', 'ran the deploy hook of A 1.0'],
      },
    ]);
    expect(result.held.map(({ step, waitsFor }) => [step.name, waitsFor])).toEqual([['D', 'A']]);
    expect(result.applied.map(({ name }) => name)).toEqual(['C']);
    expect(hook.calls).toEqual(['deploy A 2.0', 'deploy A 1.0', 'deploy C 1.0.0']);
    expect(trial.version('A')).toBe('1.0');
    expect(await trial.storage.marks.read('A')).toMatchObject({ version: '1.0', state: 'installed', hook: 'done' });

    const held = await trial.apply({ policy: { kind: 'park', parked: result.parked } });
    expect(held.held.map(({ step, waitsFor }) => [step.name, waitsFor])).toEqual([
      ['A', 'A'],
      ['D', 'A'],
    ]);
    trial.catalog.commit({ bring: [{ name: 'A', version: '2.1' }] });
    await trial.apply({ policy: { kind: 'park', parked: result.parked } });
    expect(await trial.differences()).toEqual([]);
  });

  it('takes a failing first install away again, with the undeploy hook', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    const hook = (trial.hook = new RecordingHook((call) => call === 'deploy A 1.0'));
    trial.catalog.commit({ bring: [A1] });
    const result = await trial.apply();
    expect(result.parked).toMatchObject([{ name: 'A', code: 'hook-failed' }]);
    expect(hook.calls).toEqual(['deploy A 1.0', 'undeploy A 1.0']);
    expect(trial.tree('A')).toBeUndefined();
    expect(await trial.storage.marks.read('A')).toBeUndefined();
  });

  it('puts a failing removal back and keeps what it needs', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [A1, { name: 'B', dependsOn: ['A'] }] });
    await trial.apply();
    const hook = (trial.hook = new RecordingHook((call) => call === 'undeploy B 1.0.0'));
    trial.catalog.commit({ remove: ['A', 'B'] });
    const result = await trial.apply();
    expect(result.parked).toMatchObject([{ name: 'B', sha256: undefined, kind: 'remove', code: 'hook-failed' }]);
    expect(result.held.map(({ step }) => step.name)).toEqual(['A']);
    expect(hook.calls).toEqual(['undeploy B 1.0.0', 'deploy B 1.0.0']);
    expect([trial.version('A'), trial.version('B')]).toEqual(['1.0', '1.0.0']);
    trial.hook = new RecordingHook();
    await trial.apply();
    expect(await trial.differences()).toEqual([]);
  });

  it('keeps back who takes entities over until the former owner is gone', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [{ name: 'Z' }] });
    await trial.apply();
    const hook = (trial.hook = new RecordingHook((call) => call === 'undeploy Z 1.0.0'));
    trial.catalog.commit({ bring: [{ ...A1, succeeds: ['Z'] }], remove: ['Z'] });
    const { parked, held } = await trial.apply();
    expect(parked).toMatchObject([{ name: 'Z', kind: 'remove' }]);
    expect(held.map(({ step, waitsFor }) => [step.name, waitsFor])).toEqual([['A', 'Z']]);
    const again = await trial.apply({ policy: { kind: 'park', parked } });
    expect(again.held.map(({ step, waitsFor }) => [step.name, waitsFor])).toEqual([
      ['Z', 'Z'],
      ['A', 'Z'],
    ]);
    expect(hook.calls).toEqual(['undeploy Z 1.0.0', 'deploy Z 1.0.0']);
    const healed = (trial.hook = new RecordingHook());
    await trial.apply();
    expect(healed.calls).toEqual(['undeploy Z 1.0.0', 'deploy A 1.0']);
    expect(await trial.differences()).toEqual([]);
  });

  it('does not read a tree of ours that goes whatever is in it', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [A1, { name: 'B' }, { name: 'C' }] });
    await trial.apply();
    const looked = vi.spyOn(trial.storage, 'inspect');
    trial.catalog.commit({ bring: [A2], remove: ['B'] });
    const result = await trial.apply();
    expect(result.applied.map(({ name, kind, why }) => [name, kind, why])).toEqual([
      ['A', 'replace', 'version 1.0 stands there'],
      ['B', 'remove', 'the catalog does not want it'],
    ]);
    const local: unknown = await looked.mock.results[0]?.value;
    expect([...(local as LocalState).extensions.values()].map(({ name, tree }) => [name, tree])).toEqual([
      ['A', { unread: true }],
      ['B', { unread: true }],
      ['C', { digest: trial.catalog.state().extensions.find(({ name }) => name === 'C')?.treeDigest }],
    ]);
    expect(await trial.differences()).toEqual([]);
  });

  it('reads a tree whose mark cannot be understood: it may be the right one', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [A1] });
    await trial.apply();
    writeFileSync(trial.storage.layout.mark('A'), 'garbage');
    expect((await trial.apply()).applied).toMatchObject([{ name: 'A', kind: 'redeploy' }]);
    expect(await trial.differences()).toEqual([]);
  });

  it.each([
    ['package-missing', async () => false],
    ['checksum-mismatch', async (_: string, file: string) => (writeFileSync(file, 'other'), true)],
    ['package-fetch-failed', async () => Promise.reject(new Error('the catalog is away'))],
    ['package-stalled', () => new Promise<boolean>(() => undefined)],
  ])('parks with %s and asks the next source first', async (code, fetch) => {
    const trial = await TrialStorage.open(new MemoryCatalog(), { packageCacheBytes: 0 });
    trial.catalog.commit({ bring: [A1] });
    const bad = { name: 'bad', fetch };
    const limits = { fetchTimeoutMs: code === 'package-stalled' ? 50 : 5_000 };
    const result = await trial.apply({ sources: [bad], limits });
    expect(result.parked).toMatchObject([{ name: 'A', code, step: 'stage' }]);
    expect((await trial.apply({ sources: [bad, trial.catalog.source], limits })).parked).toEqual([]);
    expect(await trial.differences()).toEqual([]);
  });

  it('believes its own cache no more than others, and needs no source for what it has', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [A1] });
    await trial.apply();
    const [zip = ''] = readdirSync(trial.storage.layout.packages);
    writeFileSync(join(trial.storage.extensionsPath, 'A', 'metadata.xml'), 'drift');
    await trial.apply({ sources: [] });
    expect(await trial.differences()).toEqual([]);
    writeFileSync(join(trial.storage.layout.packages, zip), 'damaged');
    writeFileSync(join(trial.storage.extensionsPath, 'A', 'metadata.xml'), 'drift');
    await trial.apply();
    expect(await trial.differences()).toEqual([]);
  });

  it('refuses a tree that is not what the catalog says, and names the file', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [A1] });
    const wanted = trial.catalog.state();
    const lying = { ...wanted, extensions: wanted.extensions.map((one) => ({ ...one, treeDigest: 'f'.repeat(64) })) };
    const manifest = { files: [{ path: 'metadata.xml', size: 5, sha256: '0'.repeat(64) }], directories: [] };
    const result = await trial.apply({ wanted: lying, catalog: { manifest: async () => manifest } });
    expect(result.parked).toMatchObject([
      { code: 'manifest-mismatch', detail: expect.stringContaining('metadata.xml differs') },
    ]);
  });

  it('adopts an equal foreign directory, replaces another, leaves or prunes the rest', async () => {
    const first = await TrialStorage.open(new MemoryCatalog());
    first.catalog.commit({ bring: [A1, { name: 'B' }] });
    await first.apply();
    for (const name of ['A', 'B']) await first.storage.marks.remove(name);
    writeFileSync(join(first.storage.extensionsPath, 'B', 'stray'), 'x');
    mkdirSync(join(first.storage.extensionsPath, 'b'));
    mkdirSync(join(first.storage.extensionsPath, 'Stranger', 'deep'), { recursive: true });
    const result = await first.apply();
    expect(result.applied.map(({ name, kind }) => [name, kind])).toEqual([
      ['A', 'adopt'],
      ['b', 'remove'],
      ['B', 'replace'],
    ]);
    expect(result.foreign).toEqual(['Stranger']);
    expect(await first.differences()).toEqual(['foreign Stranger']);
    await first.apply({ foreign: 'prune' });
    expect(await first.differences()).toEqual([]);
  });

  it('gives up on a hook that takes its process along', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [A1] });
    await trial.apply();
    const mark = await trial.storage.marks.read('A');
    if (mark === undefined) throw new Error('no mark');
    await trial.storage.marks.write({ ...mark, state: 'installing', hook: 'pending', attempts: 5 });
    const result = await trial.apply();
    expect(result.parked).toMatchObject([{ code: 'hook-attempts-exhausted' }]);
    expect((await trial.apply()).applied).toMatchObject([{ kind: 'redeploy' }]);
    expect(await trial.differences()).toEqual([]);
  });

  it.each(['2.0', '3.0'])(
    'remembers through a crash which version stood there before, when %s is wanted',
    async (next) => {
      const trial = await TrialStorage.open(new MemoryCatalog());
      trial.catalog.commit({ bring: [A1] });
      await trial.apply();
      trial.catalog.commit({ bring: [A2] });
      const before = await trial.storage.marks.read('A');
      const { version, sha256, treeDigest } = trial.catalog.state().extensions[0]!;
      await trial.storage.marks.write({
        ...before!,
        version,
        sha256,
        treeDigest,
        state: 'installing',
        hook: 'pending',
        previous: before!,
      });
      if (next !== '2.0') trial.catalog.commit({ bring: [{ name: 'A', version: next }] });
      const hook = (trial.hook = new RecordingHook((call) => call === `deploy A ${next}`));
      await trial.apply();
      expect(hook.calls).toEqual([`deploy A ${next}`, 'deploy A 1.0']);
      expect(trial.version('A')).toBe('1.0');
      expect(await trial.storage.marks.read('A')).toMatchObject({ version: '1.0', state: 'installed', hook: 'done' });
    },
  );

  it('stages at most so many ahead while a hook runs, and stops where it is told to', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    const names = ['A', 'B', 'C', 'D', 'E', 'F'];
    for (const name of names) trial.catalog.commit({ bring: [{ name }] });
    const fetched: string[] = [];
    const controller = new AbortController();
    const source = {
      name: 'counting',
      fetch: (sha256: string, file: string, signal: AbortSignal) => {
        fetched.push(trial.catalog.packages.get(sha256)?.name ?? '?');
        return trial.catalog.source.fetch(sha256, file, signal);
      },
    };
    trial.hook = {
      run: async ({ extension }) => {
        if (extension === 'A') while (fetched.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
        if (extension === 'B') controller.abort(new Error('stop'));
        return { ok: true, durationMs: 0 };
      },
    };
    const stopped = trial.apply({ sources: [source], signal: controller.signal });
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    expect(fetched.length).toBeLessThanOrEqual(4);
    expect(trial.version('C')).toBeUndefined();
    await trial.apply();
    expect(await trial.differences()).toEqual([]);
  });
});

describe('apply, as an import does', () => {
  async function failing(change: Parameters<MemoryCatalog['commit']>[0], commit: () => Promise<never>) {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [A1, { name: 'Z' }] });
    await trial.apply();
    const hook = (trial.hook = new RecordingHook());
    const only = new Set([...(change.bring ?? []).map(({ name }) => name), ...(change.remove ?? [])]);
    const wanted = trial.catalog.uncommitted(change);
    const error = await trial.apply({ wanted, only, policy: { kind: 'back-out', expectedRevision: 2, commit } }).then(
      () => undefined,
      (reason: unknown) => reason as ApplyFailed,
    );
    return { trial, hook, error };
  }

  it('commits, names the revision in the mark and uses the tree that was extracted already', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    const wanted = trial.catalog.uncommitted({ bring: [A1] });
    const sha256 = wanted.extensions[0]!.sha256;
    const { path: directory } = await trial.storage.staging.create();
    const zip = join(directory, '..', 'upload.zip');
    await trial.catalog.source.fetch(sha256, zip, new AbortController().signal);
    const { fixtureReader } = await import('../spec/fixture-reader.mjs');
    const contents = await fixtureReader.extract(zip, directory);
    const hook = (trial.hook = new RecordingHook());
    const commit = async () => ({ kind: 'committed' as const, ref: trial.catalog.commit({ bring: [A1] }) });
    const staged = [{ sha256, directory, contents }];
    const policy = { kind: 'back-out' as const, expectedRevision: 1, commit };
    const result = await trial.apply({ wanted, only: new Set(['A']), sources: [], staged, policy });
    expect(result).toMatchObject({ outcome: 'committed', ref: { revision: 1 }, warnings: [] });
    expect(hook.contexts).toMatchObject([
      { revision: 1, node: 'node-1', path: join(trial.storage.extensionsPath, 'A') },
    ]);
    expect(await trial.storage.marks.read('A')).toMatchObject(trial.catalog.ref());
    expect(await trial.differences()).toEqual(['upload.zip']);
  });

  it('undoes everything in reverse when the commit fails, with the opposite hooks', async () => {
    const change = { bring: [A2, { name: 'N' }], remove: ['Z'] };
    const { trial, hook, error } = await failing(change, () => Promise.reject(new Error('conflict')));
    expect(error).toBeInstanceOf(ApplyFailed);
    expect(error).toMatchObject({ step: 'commit', code: 'step-failed' });
    expect(hook.calls).toEqual([
      'deploy A 2.0',
      'deploy N 1.0.0',
      'undeploy Z 1.0.0',
      'deploy Z 1.0.0',
      'undeploy N 1.0.0',
      'deploy A 1.0',
    ]);
    expect(error?.undone).toEqual([
      'put Z 1.0.0 back',
      'ran the deploy hook of Z 1.0.0',
      'ran the undeploy hook of N 1.0.0',
      'took N 1.0.0 away',
      'removed the mark of N',
      'put A 1.0 back',
      'ran the deploy hook of A 1.0',
    ]);
    expect(await trial.differences()).toEqual([]);
  });

  it('keeps the tree when the outcome is unknown, also by silence', async () => {
    for (const silent of [false, true]) {
      const trial = await TrialStorage.open(new MemoryCatalog());
      const wanted = trial.catalog.uncommitted({ bring: [A1] });
      const commit = () =>
        silent ? new Promise<never>(() => undefined) : Promise.resolve({ kind: 'outcome-unknown' as const });
      const policy = { kind: 'back-out' as const, expectedRevision: 1, commit };
      const result = await trial.apply({
        wanted,
        only: new Set(['A']),
        policy,
        limits: { commitTimeoutMs: silent ? 50 : 5_000 },
      });
      expect(result.outcome).toBe('outcome-unknown');
      expect(trial.version('A')).toBe('1.0');
      await trial.apply();
      expect(await trial.differences()).toEqual([]);
    }
  });

  it('tells a failing hook as the step, and commits nothing', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [A1] });
    await trial.apply();
    trial.hook = new RecordingHook((call) => call === 'deploy A 2.0');
    const commit = () => Promise.reject(new Error('must not be called'));
    const policy = { kind: 'back-out' as const, expectedRevision: 2, commit };
    const wanted = trial.catalog.uncommitted({ bring: [A2] });
    const error = await trial
      .apply({ wanted, only: new Set(['A']), policy })
      .catch((reason: unknown) => reason as MusterError);
    expect(error).toMatchObject({ step: 'hook', extension: 'A', code: 'hook-failed', message: 'deploy A 2.0 failed' });
    expect(await trial.differences()).toEqual([]);
    expect(existsSync(join(trial.storage.extensionsPath, 'A'))).toBe(true);
  });
});
