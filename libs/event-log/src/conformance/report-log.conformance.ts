import type { NodeReport } from '@muster/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReceivedReport, ReportLog } from '../port.js';
import { sampleReport, type LogHarness, type MakeHarness } from './harness.js';
import { DEADLINE_MS } from './recording-consumer.js';

const EARLY = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-02T00:00:00.000Z';

/** What every adapter of the report log must do, on the real thing. */
export function describeReportLog(name: string, makeHarness: MakeHarness): void {
  describe(`report log on ${name}`, () => {
    let harness: LogHarness;
    beforeEach(async () => {
      harness = await makeHarness();
    });
    afterEach(() => harness.close());

    latestTests(() => harness);
    readerTests(() => harness);
  });
}

type Open = () => Promise<ReportLog>;

function latestTests(harness: () => LogHarness): void {
  const open: Open = async () => (await harness().openReports()).log;

  it('gives the latest of every node first, then each as it comes', async () => {
    const log = await open();
    await log.send(sampleReport('node-1', 'a', EARLY, 1));
    await log.send(sampleReport('node-1', 'a', EARLY, 2));
    await log.send(sampleReport('node-2', 'b', EARLY, 1));
    const reader = await read(log);
    await reader.until(['node-1 a 2', 'node-2 b 1']);
    await log.send(sampleReport('node-2', 'b', EARLY, 2));
    await reader.until(['node-1 a 2', 'node-2 b 1', 'node-2 b 2']);
    await log.send(sampleReport('node-1', 'a', EARLY, 3));
    await reader.until(['node-1 a 2', 'node-2 b 1', 'node-2 b 2', 'node-1 a 3']);
  });

  it('never lets an older report take the place of a newer one', async () => {
    const log = await open();
    await log.send(sampleReport('node-1', 'new', LATER, 5));
    await log.send(sampleReport('node-1', 'new', LATER, 4));
    await log.send(sampleReport('node-1', 'old', EARLY, 99));
    const reader = await read(log);
    await log.send(sampleReport('node-2', 'b', EARLY, 1));
    await reader.until(['node-1 new 5', 'node-2 b 1']);
  });

  it('believes an instance that started earlier once the one known has said that it stops', async () => {
    const log = await open();
    const reader = await read(log);
    await log.send({ ...sampleReport('node-1', 'twin', LATER, 5), state: 'stopped' });
    await reader.until(['node-1 twin 5']);
    await log.send(sampleReport('node-1', 'first', EARLY, 9));
    await reader.until(['node-1 twin 5', 'node-1 first 9']);
  });

  it.each(['stall', 'halfOpen', 'reset'] as const)('gives the latest of every node after a %s', async (fault) => {
    const log = await open();
    const disturbed = await harness().openReports();
    const reader = await read(disturbed.log);
    await log.send(sampleReport('node-1', 'a', EARLY, 1));
    await reader.until(['node-1 a 1']);
    disturbed.faults[fault]();
    await log.send(sampleReport('node-1', 'a', EARLY, 2));
    await log.send(sampleReport('node-2', 'b', EARLY, 1));
    disturbed.faults.heal();
    await vi.waitFor(() => expect(new Set(reader.seen)).toEqual(new Set(['node-1 a 1', 'node-1 a 2', 'node-2 b 1'])), {
      timeout: DEADLINE_MS,
    });
  });

  it('takes times from its own clock', async () => {
    const log = await open();
    await log.send(sampleReport('node-1', 'a', '2099-01-01T00:00:00.000Z', 1));
    const reader = await read(log);
    await reader.until(['node-1 a 1']);
    const [received] = reader.received;
    expect(Math.abs((received?.receivedAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
    const ageMs = (received?.readAtMs ?? 0) - (received?.receivedAtMs ?? 0);
    expect(ageMs).toBeGreaterThanOrEqual(0);
    expect(ageMs).toBeLessThan(60_000);
  });
}

function readerTests(harness: () => LogHarness): void {
  const open: Open = async () => (await harness().openReports()).log;

  it('gives a reader that is held up the latest of each node when it comes back', async () => {
    const log = await open();
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    await log.send(sampleReport('node-1', 'a', EARLY, 1));
    const reader = await read(log, () => held);
    await reader.until(['node-1 a 1']);
    for (let seq = 2; seq <= 30; seq += 1) await log.send(sampleReport('node-1', 'a', EARLY, seq));
    letGo();
    await vi.waitFor(() => expect(reader.seen.at(-1)).toBe('node-1 a 30'), { timeout: DEADLINE_MS });
    expect(reader.seen.length).toBeLessThan(6);
  });

  it('tells what a handler throws and goes on', async () => {
    const log = await open();
    const errors: string[] = [];
    const seen: number[] = [];
    await log.subscribe(
      ({ report }) => {
        seen.push(report.seq);
        if (report.seq === 1) throw new Error('not this one');
      },
      (error) => errors.push(error.message),
    );
    await log.send(sampleReport('node-1', 'a', EARLY, 1));
    await vi.waitFor(() => expect(errors).toEqual(['not this one']), { timeout: DEADLINE_MS });
    await log.send(sampleReport('node-1', 'a', EARLY, 2));
    await vi.waitFor(() => expect(seen).toEqual([1, 2]), { timeout: DEADLINE_MS });
  });

  it('waits at close for the handler under way and then gives nothing more', async () => {
    const log = await open();
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    await log.send(sampleReport('node-1', 'a', EARLY, 1));
    const reader = await read(log, () => held);
    await reader.until(['node-1 a 1']);
    let closed = false;
    const closing = reader.close().then(() => (closed = true));
    await log.send(sampleReport('node-2', 'b', EARLY, 1));
    expect(closed).toBe(false);
    letGo();
    await closing;
    expect(reader.seen).toEqual(['node-1 a 1']);
  });
}

interface Reader {
  readonly received: ReceivedReport[];
  readonly seen: string[];
  until(expected: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

async function read(log: ReportLog, work: () => void | Promise<void> = () => undefined): Promise<Reader> {
  const received: ReceivedReport[] = [];
  const seen: string[] = [];
  const subscription = await log.subscribe((report) => {
    received.push(report);
    seen.push(label(report.report));
    return work();
  });
  return {
    received,
    seen,
    until: (expected) => vi.waitFor(() => expect(seen).toEqual(expected), { timeout: DEADLINE_MS }),
    close: () => subscription.close(),
  };
}

function label({ node, instance, seq }: NodeReport): string {
  return `${node} ${instance} ${seq}`;
}
