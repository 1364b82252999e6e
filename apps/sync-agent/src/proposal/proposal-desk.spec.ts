import type { OpenProposal, ReadinessReport } from '@muster/catalog';
import { sha256Hex } from '@muster/contracts';
import { StorageError } from '@muster/node-storage';
import type { HeldBack, StagedAhead } from '@muster/node-storage';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { LookRequests } from '../sync/look-requests.js';
import { ParkedLedger } from '../sync/parked-ledger.js';
import { ProposalDesk } from './proposal-desk.js';
import type { ReadyScene } from './proposal-desk.js';

const LONG_MS = 60_000;
const STAGED: StagedAhead = { held: [], fetchedBytes: 0 };

function proposal(id: string, expiresInMs = LONG_MS): OpenProposal {
  const zip = { sha256: sha256Hex(id), treeDigest: sha256Hex(`tree of ${id}`), sizeBytes: 1, unpackedBytes: 1 };
  return {
    id,
    expiresInMs,
    packages: [{ name: `Ext-${id}`, version: '1.0.0', ...zip, revision: 1, dependsOn: [], succeeds: [] }],
  };
}

function trial() {
  const parts = {
    told: [] as string[],
    tries: 0,
    nowMs: 0,
    /** Throws where the catalog does not take a report. */
    take: (): void => undefined,
    stage: (): StagedAhead => STAGED,
  };
  const requests = new LookRequests();
  const parked = new ParkedLedger({ firstMs: 1, maxMs: 1 });
  const desk = new ProposalDesk(
    {
      storage: { node: 'node-1', instance: 'i-1' },
      catalog: {
        proposals: {
          report: async (report: ReadinessReport) => {
            parts.take();
            parts.told.push([report.proposal, report.state, report.code].filter(Boolean).join(' '));
            return true;
          },
        },
      } as never,
      change: {
        stageAhead: async () => {
          parts.tries += 1;
          return parts.stage();
        },
      },
      parked,
      turnDesk: undefined,
      state: { turns: new Map() },
      requests,
      logger: pino({ enabled: false }),
    },
    () => parts.nowMs,
  );
  const scene = { wanted: { extensions: [] }, local: {}, held: {}, signal: new AbortController().signal };
  return { parts, desk, requests, parked, serve: () => desk.serve(scene as unknown as ReadyScene) };
}

test('each is told once, the oldest first, and again only when something has changed', async () => {
  const { parts, desk, parked, serve } = trial();
  desk.open([proposal('a'), proposal('b')]);
  await serve();
  await serve();
  expect(parts.told).toEqual(['a staging', 'a ready', 'b staging', 'b ready']);
  parked.record({
    name: 'Base',
    sha256: 'x',
    kind: 'install',
    step: 'hook',
    code: 'hook-failed',
    detail: 'no',
    undone: [],
  });
  const held = [{ step: { name: 'Ext-b' }, waitsFor: 'Base' }] as unknown as HeldBack[];
  desk.open([proposal('b')]);
  parts.stage = () => ({ ...STAGED, held });
  await serve();
  await serve();
  parts.stage = () => STAGED;
  await serve();
  expect(parts.told.slice(4)).toEqual(['b failed parked', 'b ready']);
  desk.close();
});

test('what cannot be staged is tried again, after longer and longer waits', async () => {
  const { parts, desk, serve } = trial();
  parts.stage = () => {
    throw new StorageError('disk-full', 'no room');
  };
  desk.open([proposal('a')]);
  const waits: number[] = [];
  for (let last = 0; parts.tries < 7;) {
    const before = parts.tries;
    await serve();
    if (parts.tries > before) {
      waits.push(parts.nowMs - last);
      last = parts.nowMs;
    }
    parts.nowMs += 100;
  }
  const most = [0, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000];
  for (const [index, wait] of waits.entries()) {
    expect(wait).toBeLessThanOrEqual((most[index] ?? 0) + 100);
    expect(wait).toBeGreaterThanOrEqual((most[index] ?? 0) * 0.8);
  }
  expect(parts.told).toEqual(['a staging', 'a failed disk-full']);
  parts.stage = () => STAGED;
  parts.nowMs += 10_000;
  await serve();
  expect(parts.told.at(-1)).toBe('a ready');
  desk.close();
});

test('what the catalog did not hear is told by a later look, which is asked for', async () => {
  const { parts, desk, requests, serve } = trial();
  parts.take = () => {
    throw new Error('away');
  };
  desk.open([proposal('a')]);
  await serve();
  expect(parts.told).toEqual([]);
  parts.take = () => undefined;
  await serve();
  expect(parts.told).toEqual([]);
  parts.nowMs += 5_000;
  // Any look sets the timer anew; this one finds that it is due.
  desk.open([proposal('a')]);
  expect((await requests.next(AbortSignal.timeout(LONG_MS)))?.reasons).toEqual(new Set(['proposal']));
  await serve();
  expect(parts.told).toEqual(['a staging', 'a ready']);
  desk.close();
});

test('a look is asked for when one is over, and where one only answered orders', async () => {
  const { desk, requests, serve } = trial();
  const asked = async (): Promise<unknown> => [...((await requests.next(AbortSignal.timeout(LONG_MS)))?.reasons ?? [])];
  desk.open([proposal('a', 10)]);
  desk.putOff();
  expect(await asked()).toEqual(['proposal']);
  await serve();
  desk.putOff();
  expect(await asked()).toEqual(['proposal']);
  expect([desk.isNews([proposal('a')]), desk.isNews([proposal('b')]), desk.isNews([])]).toEqual([false, true, true]);
  expect(desk.zips).toEqual([sha256Hex('a')]);
  desk.close();
});

test('a node that can get ready for none says why, and asks for no look by itself', async () => {
  const { parts, desk, serve } = trial();
  parts.stage = () => {
    throw new StorageError('disk-full', 'no room');
  };
  desk.open([proposal('a')]);
  await serve();
  await desk.refuse('paused', 'it is paused');
  await desk.refuse('paused', 'it is paused');
  expect(parts.told).toEqual(['a staging', 'a failed disk-full', 'a failed paused']);
  parts.stage = () => STAGED;
  await serve();
  expect(parts.told.at(-1)).toBe('a ready');
  desk.close();
});
