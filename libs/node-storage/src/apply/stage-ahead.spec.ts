import { readdirSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { freeBytes } from '../disk/free-space.js';
import type { WantedState } from '../ports.js';
import { MemoryCatalog } from '../spec/memory-catalog.js';
import { SyncWatch } from '../spec/sync-watch.js';
import { RecordingHook, TrialStorage } from '../spec/trial-storage.js';
import { StagedShelf } from './staged-shelf.js';

const BRING = [
  { name: 'Base', version: '2' },
  { name: 'Top', version: '1', dependsOn: ['Base'] },
];
const NAMES = new Set(['Base', 'Top']);

/** A storage with `Base 1`, and what is proposed on top of it. */
async function trialWithBase() {
  const trial = await TrialStorage.open(new MemoryCatalog());
  trial.catalog.commit({ bring: [{ name: 'Base', version: '1' }] });
  await trial.apply();
  const hook = (trial.hook = new RecordingHook());
  const fetched: string[] = [];
  const source = {
    name: 'watched',
    fetch: (sha256: string, file: string, signal: AbortSignal) => {
      fetched.push(trial.catalog.packages.get(sha256)?.name ?? sha256);
      return trial.catalog.source.fetch(sha256, file, signal);
    },
  };
  const wanted = trial.catalog.uncommitted({ bring: BRING });
  return { trial, hook, fetched, source, wanted, shelf: new StagedShelf() };
}

const zipOf = ({ extensions }: WantedState, name: string): string =>
  extensions.find((extension) => extension.name === name)?.sha256 ?? '';
const staged = ({ storage }: TrialStorage): number => readdirSync(storage.stagingArea.path).length - 1;

describe('staging ahead', () => {
  it('switches nothing, and the apply after it takes the trees without fetching or syncing again', async () => {
    const { trial, hook, fetched, source, wanted, shelf } = await trialWithBase();
    const syncs = await SyncWatch.begin();
    const marks = await trial.storage.marks.readAll();
    expect(await trial.stageAhead({ wanted, names: NAMES, shelf, sources: [source] })).toMatchObject({
      held: [],
      fetchedBytes: wanted.extensions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    });
    expect([fetched, syncs.runs, staged(trial)]).toEqual([['Base', 'Top'], 1, 2]);
    expect(await trial.storage.names()).toEqual(['Base']);
    expect([trial.version('Base'), hook.calls]).toEqual(['1', []]);
    expect(await trial.storage.marks.readAll()).toEqual(marks);
    trial.catalog.commit({ bring: BRING });
    await trial.apply({ shelf, sources: [] });
    expect([hook.calls, syncs.runs]).toEqual([['deploy Base 2', 'deploy Top 1'], 1]);
    expect(await trial.differences()).toEqual([]);
  });

  it('keeps what stands staged already, and stages only what it was asked for', async () => {
    const { trial, fetched, source, wanted, shelf } = await trialWithBase();
    const syncs = await SyncWatch.begin();
    await trial.stageAhead({ wanted, names: new Set(['Base']), shelf, sources: [source] });
    expect([fetched, shelf.get(zipOf(wanted, 'Top'))]).toEqual([['Base'], undefined]);
    const first = shelf.get(zipOf(wanted, 'Base'));
    await trial.stageAhead({ wanted, names: NAMES, shelf, sources: [source] });
    await trial.stageAhead({ wanted, names: NAMES, shelf, sources: [source] });
    expect([fetched, syncs.runs]).toEqual([['Base', 'Top'], 2]);
    expect(shelf.get(zipOf(wanted, 'Base'))).toBe(first);
    await shelf.retain(new Set([zipOf(wanted, 'Top')]));
    expect([staged(trial), shelf.get(zipOf(wanted, 'Base'))]).toEqual([1, undefined]);
  });

  it.each(['package-missing', 'checksum-mismatch'])('fails whole with %s, and goes on where it was', async (code) => {
    const { trial, fetched, source, wanted, shelf } = await trialWithBase();
    const { packages } = trial.catalog;
    const top = zipOf(wanted, 'Top');
    const good = packages.get(top);
    if (good === undefined) throw new Error('Top is not there');
    if (code === 'package-missing') packages.delete(top);
    else packages.set(top, { ...good, bytes: Buffer.from('other') });
    const attempt = trial.stageAhead({ wanted, names: NAMES, shelf, sources: [source] });
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining('Top 1') });
    expect(staged(trial)).toBe(1);
    packages.set(top, good);
    fetched.length = 0;
    const syncs = await SyncWatch.begin();
    await trial.stageAhead({ wanted, names: NAMES, shelf, sources: [source] });
    expect([fetched, syncs.runs]).toEqual([['Top'], 1]);
    // What was staged by the try that failed is durable now, too.
    expect([...NAMES].map((name) => shelf.get(zipOf(wanted, name))?.durable)).toEqual([true, true]);
  });

  it('says what cannot come, and behind whom, though that was not asked about', async () => {
    const { trial, fetched, source, wanted, shelf } = await trialWithBase();
    const parked = [{ name: 'Base', sha256: zipOf(wanted, 'Base') }];
    const { held } = await trial.stageAhead({ wanted, names: new Set(['Top']), shelf, parked, sources: [source] });
    expect(held.map(({ step, waitsFor }) => [step.name, waitsFor])).toEqual([['Top', 'Base']]);
    expect([fetched, staged(trial)]).toEqual([[], 0]);
  });

  it('is refused before anything is fetched where not all of it fits', async () => {
    const { trial, fetched, source, wanted, shelf } = await trialWithBase();
    const unpackedBytes = Math.floor((await freeBytes(trial.storage.path)) * 0.7);
    const extensions = wanted.extensions.map((one) => ({ ...one, unpackedBytes }));
    const attempt = trial.stageAhead({ wanted: { extensions }, names: NAMES, shelf, sources: [source] });
    await expect(attempt).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('Base 2 and 1 more'),
    });
    expect(fetched).toEqual([]);
  });

  it('stops when it is told to, before the next package', async () => {
    const { trial, source, wanted, shelf } = await trialWithBase();
    const controller = new AbortController();
    const observe = vi.fn(({ state }: { state: string }) => {
      if (state === 'staging') controller.abort(new Error('stop'));
    });
    const attempt = trial.stageAhead({
      wanted,
      names: NAMES,
      shelf,
      sources: [source],
      observe,
      signal: controller.signal,
    });
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' });
    expect(observe.mock.calls.filter(([{ state }]) => state === 'staging')).toHaveLength(1);
    await trial.storage.close();
  });
});
