import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildPackage, temporaryDirectory, waitFor } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../package-reader.js';
import { PackageRefused } from '../package-refused.js';
import { randomBytesOf, randomOf } from '../spec/random-of.js';
import { stateOf } from '../spec/state-of.js';
import { EntryTurns } from '../archive/entry-turns.js';
import { ReaderCrew } from './reader-crew.js';
import { ReaderThread } from './reader-thread.js';

const SCALE = Number(process.env['MUSTER_TEST_SCALE'] ?? 1);

interface Trial {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Which of the two has a heap that the package does not fit into. */
  readonly weak?: number;
}

describe('a crew that is ended', () => {
  let root: string;
  let zip: string;
  let heavy: string;
  let count = 0;
  beforeAll(async () => {
    root = await temporaryDirectory('crew-ends');
    zip = path.join(root, 'slow.zip');
    const bytes = randomBytesOf(randomOf(1), 4096);
    const files = Object.fromEntries(Array.from({ length: 6000 }, (_, index) => [`d/${index}`, bytes]));
    writeFileSync(zip, buildPackage({ name: 'Slow', files }));
    heavy = path.join(root, 'heavy.zip');
    const long = Array.from({ length: 4 }, (_, index) => `${index}`.repeat(220)).join('/');
    const names = Array.from({ length: 9990 }, (_, index) => [`${long}/${index}`, ''] as const);
    writeFileSync(heavy, buildPackage({ name: 'Heavy', files: Object.fromEntries(names) }));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const start = async ({ timeoutMs = 60_000, signal, weak }: Trial = {}) => {
    const limits = { ...DEFAULT_LIMITS, timeoutMs };
    const directory = path.join(root, `out-${(count += 1)}`);
    const threads = [0, 1].map((index) => new ReaderThread({ ...limits, workerHeapMb: index === weak ? 16 : 256 }));
    await waitFor(() => threads.every(({ ready }) => ready), { what: 'both threads', everyMs: 1 });
    const freed: ReaderThread[] = [];
    const job = { kind: 'extract', zipFile: weak === undefined ? zip : heavy, directory, limits } as const;
    const crew = new ReaderCrew(job, signal, (thread) => freed.push(thread));
    const reading = crew.lead(threads[0]!);
    crew.join(threads[1]!);
    const settled = reading.then(
      () => 'read',
      (error: unknown) => error,
    );
    const writing = (): Promise<unknown> =>
      waitFor(() => existsSync(path.join(directory, 'd/50')), { what: 'the first files', everyMs: 1 });
    const expectNoWriter = async (): Promise<void> => {
      expect(freed).toHaveLength(2);
      expect(threads.map(({ ended }) => ended)).toEqual([true, true]);
      const state = stateOf(directory);
      expect(state.length).toBeLessThan(6000);
      await Promise.all(threads.map((thread) => thread.end()));
      expect(stateOf(directory)).toEqual(state);
    };
    return { settled, writing, expectNoWriter };
  };

  it('by an abort has no writer left', async () => {
    const abort = new AbortController();
    const { settled, writing, expectNoWriter } = await start({ signal: abort.signal });
    await writing();
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await settled).toBe(reason);
    await expectNoWriter();
  });

  it.each([0, 1])('by the death of thread %d, whose heap is full, has no writer left', async (weak) => {
    const { settled, expectNoWriter } = await start({ weak });
    const error = await settled;
    expect(error).toBeInstanceOf(PackageRefused);
    expect(error).toMatchObject({ code: 'archive-unreadable' });
    await expectNoWriter();
  });

  it('again and again, at any moment, does not end the process', { timeout: 60_000 * SCALE }, async () => {
    for (let round = 0; round < 6 * SCALE; round += 1) {
      const abort = new AbortController();
      const { settled, writing, expectNoWriter } = await start({ signal: abort.signal });
      await writing();
      abort.abort(new Error('enough'));
      expect(await settled).toBe(abort.signal.reason);
      await expectNoWriter();
    }
  });

  it('by a time-out has no writer left', async () => {
    const { settled, expectNoWriter } = await start({ timeoutMs: 200 });
    expect(await settled).toMatchObject({ code: 'archive-timeout', limit: 200 });
    await expectNoWriter();
  });

  it('while the helper waits for its leader is ended all the same', async () => {
    const limits = DEFAULT_LIMITS;
    const helper = new ReaderThread(limits);
    const abort = new AbortController();
    const turns = EntryTurns.memory();
    const run = helper.run({ kind: 'check', zipFile: zip, limits, role: 'helper', turns }, abort.signal);
    const settled = expect(run).rejects.toThrow('enough');
    await waitFor(() => Atomics.notify(new Int32Array(turns), 1) > 0, { what: 'the helper to wait', everyMs: 1 });
    abort.abort(new Error('enough'));
    await settled;
    expect(helper.ended).toBe(true);
  });

  it('does without a helper that does not start', async () => {
    const limits = { ...DEFAULT_LIMITS };
    const directory = path.join(root, 'alone');
    const leader = new ReaderThread(limits);
    await waitFor(() => leader.ready, { what: 'the leader', everyMs: 1 });
    const crew = new ReaderCrew({ kind: 'extract', zipFile: zip, directory, limits }, undefined, () => undefined);
    const reading = crew.lead(leader);
    const dead = new ReaderThread(limits);
    crew.join(dead);
    void dead.end();
    expect((await reading).manifest.files).toHaveLength(6001);
    await leader.end();
  });
});
