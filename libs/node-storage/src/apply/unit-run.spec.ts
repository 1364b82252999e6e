import { readdirSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { MemoryCatalog, type MemoryChange } from '../spec/memory-catalog.js';
import { SyncWatch } from '../spec/sync-watch.js';
import { RecordingHook, TrialStorage } from '../spec/trial-storage.js';
import { TrialTurns } from '../spec/trial-turns.js';
import type { TurnWait } from '../turn.js';
import type { ApplyProgress, ApplyResult } from './apply-options.js';
import { StagedShelf } from './staged-shelf.js';

const ONE = [
  { name: 'Base', version: '1' },
  { name: 'Mid', version: '1', dependsOn: ['Base'] },
  { name: 'Top', version: '1', dependsOn: ['Mid'] },
  { name: 'Alone', version: '1' },
];
const TWO = ONE.map((one) => ({ ...one, version: '2' }));
const WAIT: TurnWait = { detail: 'it is the turn of node-2', node: 'node-2', failed: false };

async function trialAt(...changes: MemoryChange[]): Promise<TrialStorage> {
  const trial = await TrialStorage.open(new MemoryCatalog());
  for (const change of changes) {
    trial.catalog.commit(change);
    await trial.apply();
  }
  return trial;
}

const versions = (trial: TrialStorage): string =>
  ['Base', 'Mid', 'Top', 'Alone'].map((name) => trial.version(name) ?? '-').join('');
const told = ({ applied, parked, held, waiting }: ApplyResult) => ({
  applied: applied.map(({ name }) => name),
  parked: parked.map(({ name, step }) => `${name} ${step}`),
  held: held.map(({ step, waitsFor }) => `${step.name} ${waitsFor}`),
  waiting: waiting.map(({ step }) => step.name),
});

describe('what one revision brings', () => {
  it('is staged whole, switched back to back, and deployed in the same order', async () => {
    const trial = await trialAt();
    const units: unknown[] = [];
    const states: ApplyProgress[] = [];
    trial.catalog.commit({ bring: ONE });
    await trial.apply({ observe: (one) => states.push(one), observeUnit: (names) => units.push(names) });
    const order = states
      .filter(({ state }) => ['staging', 'installing', 'deploying'].includes(state))
      .map(({ extension, state }) => `${state} ${extension}`);
    const names = ['Alone', 'Base', 'Mid', 'Top'];
    expect(order).toEqual(
      ['staging', 'installing', 'deploying'].flatMap((state) => names.map((name) => `${state} ${name}`)),
    );
    expect(units).toEqual([names, undefined]);
    expect(await trial.differences()).toEqual([]);
  });

  it('goes on without a member that cannot be staged, and what needs it', async () => {
    const trial = await trialAt({ bring: ONE });
    trial.catalog.commit({ bring: TWO });
    const bad = trial.catalog.state().extensions.find(({ name }) => name === 'Mid')?.sha256;
    const source = {
      name: 'gap',
      fetch: async (sha256: string, file: string, signal: AbortSignal) =>
        sha256 !== bad && trial.catalog.source.fetch(sha256, file, signal),
    };
    const result = await trial.apply({ sources: [source] });
    expect(told(result)).toMatchObject({ parked: ['Mid stage'], held: ['Top Mid'], applied: ['Alone', 'Base'] });
    expect(versions(trial)).toBe('2112');
    await trial.apply();
    expect(await trial.differences()).toEqual([]);
  });

  it.each([
    ['Base', '1112', ['Base hook'], ['Mid Base', 'Top Base']],
    ['Mid', '2112', ['Mid hook'], ['Top Mid']],
    ['Top', '2212', ['Top hook'], []],
    ['Alone', '2221', ['Alone hook'], []],
  ])('puts back what needs %s before it, where its hook fails', async (name, stands, parked, held) => {
    const trial = await trialAt({ bring: ONE });
    const hook = (trial.hook = new RecordingHook((call) => call === `deploy ${name} 2`));
    trial.catalog.commit({ bring: TWO });
    expect(told(await trial.apply())).toMatchObject({ parked, held });
    expect(versions(trial)).toBe(stands);
    // What was put back without having been deployed runs no hook.
    expect(hook.calls.filter((call) => call.endsWith(' 1'))).toEqual([`deploy ${name} 1`]);
    trial.hook = new RecordingHook();
    await trial.apply();
    expect(await trial.differences()).toEqual([]);
  });

  it('never stands without what it needs, whoever looks during a hook', async () => {
    const trial = await trialAt();
    const seen = new Set<string>();
    trial.hook = {
      run: async ({ extension }) => {
        seen.add(readdirSync(trial.storage.extensionsPath).toSorted().join(' '));
        const ok = { ok: true, durationMs: 0 } as const;
        return extension === 'Mid' ? { ok: false, code: 'hook-failed', detail: 'no', durationMs: 0 } : ok;
      },
    };
    trial.catalog.commit({ bring: ONE });
    await trial.apply();
    expect([...seen]).toEqual(['Alone Base Mid Top', 'Alone Base Mid']);
    expect(versions(trial)).toBe('1--1');
  });

  it('removes in the middle only after the hooks of what comes before it', async () => {
    const trial = await trialAt({ bring: ONE });
    const hook = (trial.hook = new RecordingHook());
    trial.catalog.commit({
      bring: [
        { name: 'Mid', version: '2' },
        { name: 'Alone', version: '2' },
      ],
      remove: ['Base', 'Top'],
    });
    await trial.apply();
    expect(hook.calls.indexOf('deploy Mid 2')).toBeLessThan(hook.calls.indexOf('undeploy Base 1'));
    expect(hook.calls.toSorted()).toEqual(['deploy Alone 2', 'deploy Mid 2', 'undeploy Base 1', 'undeploy Top 1']);
    expect(await trial.differences()).toEqual([]);
  });

  it('comes in parts where it exceeds the bounds', async () => {
    const trial = await trialAt();
    const units: unknown[] = [];
    trial.catalog.commit({ bring: ONE });
    await trial.apply({
      observeUnit: (names) => names && units.push(names),
      limits: { reserveBytes: 0, unitSteps: 2 },
    });
    expect(units).toEqual([
      ['Alone', 'Base'],
      ['Mid', 'Top'],
    ]);
    expect(await trial.differences()).toEqual([]);
  });

  it('is taken back, the last first, when it is told to stop between two hooks', async () => {
    const trial = await trialAt({ bring: ONE });
    const controller = new AbortController();
    trial.hook = {
      run: async ({ extension }) => {
        if (extension === 'Base') controller.abort(new Error('stop'));
        return { ok: true, durationMs: 0 };
      },
    };
    trial.catalog.commit({ bring: TWO });
    await expect(trial.apply({ signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(versions(trial)).toBe('2112');
    await trial.apply();
    expect(await trial.differences()).toEqual([]);
  });
});

describe('the turn of a unit', () => {
  it('is asked for once, when all is staged, and given back after the last hook', async () => {
    const trial = await trialAt();
    const turns = new TrialTurns();
    turns.answer = () => {
      expect(readdirSync(trial.storage.extensionsPath)).toEqual([]);
      return undefined;
    };
    trial.catalog.commit({ bring: ONE });
    await trial.apply({ turns });
    expect(turns.asked).toEqual([['Alone', 'Base', 'Mid', 'Top']]);
    expect(turns.told).toEqual(['granted', 'released']);
  });

  it('is waited for with everything staged and nothing switched; what comes behind waits too', async () => {
    const trial = await trialAt({ bring: ONE });
    const turns = new TrialTurns();
    turns.answer = () => ({ kind: 'waits', wait: WAIT });
    const shelf = new StagedShelf();
    const syncs = await SyncWatch.begin();
    const hook = (trial.hook = new RecordingHook());
    trial.catalog.commit({ bring: TWO });
    trial.catalog.commit({ bring: [{ name: 'Later' }] });
    const first = await trial.apply({ turns, shelf });
    expect(told(first)).toMatchObject({ applied: [], waiting: ['Alone', 'Base', 'Mid', 'Top'] });
    expect(first.waiting[0]?.wait).toEqual(WAIT);
    expect([versions(trial), hook.calls, syncs.runs]).toEqual(['1111', [], 1]);
    turns.answer = () => undefined;
    const unpacked = vi.fn();
    await trial.apply({ turns, shelf, observe: ({ extension, state }) => state === 'staging' && unpacked(extension) });
    expect(unpacked.mock.calls).toEqual([['Later']]);
    // What waited was durable; only what came behind it had to be made so.
    expect(syncs.runs).toBe(2);
    expect(await trial.differences()).toEqual([]);
  });

  it('gives up what was staged for another head', async () => {
    const trial = await trialAt({ bring: ONE });
    const turns = new TrialTurns();
    turns.answer = () => ({ kind: 'waits', wait: WAIT });
    const shelf = new StagedShelf();
    trial.catalog.commit({ bring: TWO });
    await trial.apply({ turns, shelf });
    await shelf.retain(new Set());
    expect(readdirSync(trial.storage.stagingArea.path)).toEqual(['lock']);
  });

  it('goes on without what has failed elsewhere, and what needs it', async () => {
    const trial = await trialAt({ bring: ONE });
    const turns = new TrialTurns();
    const failed = { ...WAIT, failed: true };
    turns.answer = ({ changes }) =>
      changes.some(({ extension }) => extension === 'Mid')
        ? { kind: 'barred', barred: new Map([['Mid', failed]]) }
        : undefined;
    trial.catalog.commit({ bring: TWO });
    const result = await trial.apply({ turns });
    expect(told(result)).toEqual({ applied: ['Alone', 'Base'], parked: [], held: ['Top Mid'], waiting: ['Mid'] });
    expect(versions(trial)).toBe('2112');
    expect(readdirSync(trial.storage.stagingArea.path)).toEqual(['lock']);
  });

  it('that is lost before a hook leaves what was deployed, and puts the rest back to wait again', async () => {
    const trial = await trialAt({ bring: ONE });
    const turns = new TrialTurns();
    turns.holds = (hook) => hook <= 2;
    const hook = (trial.hook = new RecordingHook());
    trial.catalog.commit({ bring: TWO });
    const result = await trial.apply({ turns });
    expect(told(result)).toMatchObject({ applied: ['Alone', 'Base'], parked: [], waiting: ['Mid', 'Top'] });
    expect([versions(trial), hook.calls]).toEqual(['2112', ['deploy Alone 2', 'deploy Base 2']]);
    turns.holds = () => true;
    await trial.apply({ turns });
    expect(await trial.differences()).toEqual([]);
  });

  it('lets a removal that lost it wait as well', async () => {
    const trial = await trialAt({ bring: ONE });
    const turns = new TrialTurns();
    turns.holds = () => false;
    trial.catalog.commit({ bring: [], remove: ['Top'] });
    expect(told(await trial.apply({ turns }))).toMatchObject({ parked: [], waiting: ['Top'] });
    expect(await trial.storage.marks.read('Top')).toMatchObject({ state: 'installed', hook: 'done' });
    expect(versions(trial)).toBe('1111');
  });

  it('is told of a hook that failed before it is given back, and of nothing else that did', async () => {
    const trial = await trialAt({ bring: ONE });
    const turns = new TrialTurns();
    trial.hook = new RecordingHook((call) => call === 'deploy Top 2');
    trial.catalog.commit({ bring: TWO });
    await trial.apply({ turns });
    expect(turns.told).toEqual(['granted', 'Top hook-failed', 'released']);
    trial.catalog.commit({ bring: [{ name: 'Gone' }] });
    await trial.apply({ turns, sources: [], policy: { kind: 'park', parked: [] }, only: new Set(['Gone']) });
    expect(turns.told.slice(3)).toEqual([]);
  });

  it('is waited for by an import in vain: it is backed out, and says for whom', async () => {
    const trial = await trialAt({ bring: ONE });
    const turns = new TrialTurns();
    turns.answer = () => ({ kind: 'waits', wait: WAIT });
    const commit = vi.fn();
    const wanted = trial.catalog.uncommitted({ bring: TWO });
    const failing = trial.apply({ turns, wanted, policy: { kind: 'back-out', expectedRevision: 2, commit } });
    await expect(failing).rejects.toMatchObject({
      code: 'turn-timeout',
      step: 'turn',
      message: expect.stringContaining('node-2'),
    });
    expect(commit).not.toHaveBeenCalled();
    expect(await trial.differences()).toEqual([]);
  });
});
