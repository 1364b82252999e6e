import { describe, expect, test } from 'vitest';
import { sha256Hex } from '@muster/contracts';
import type { DeployedMark, LocalExtension, Step, WantedExtension } from '@muster/node-storage';
import { ParkedLedger } from '../sync/parked-ledger.js';
import { AgentState } from './agent-state.js';
import { describeExtensions } from './describe-extensions.js';
import { queueView } from './queue-view.js';
import { Since } from './since.js';

const zip = (name: string) => sha256Hex(`zip of ${name}`);
const tree = (name: string) => sha256Hex(`tree of ${name}`);

function wanted(name: string, over: Partial<WantedExtension> = {}): WantedExtension {
  return {
    name,
    version: '1.0.0',
    sha256: zip(name),
    treeDigest: tree(name),
    sizeBytes: 1,
    unpackedBytes: 1,
    revision: 1,
    dependsOn: [],
    ...over,
  };
}

function local(name: string, over: Partial<DeployedMark> = {}, digest = tree(name)): LocalExtension {
  const mark = {
    name,
    version: '1.0.0',
    sha256: zip(name),
    treeDigest: tree(name),
    revision: 1,
    state: 'installed',
    hook: 'done',
    attempts: 1,
    ...over,
  } as DeployedMark;
  return { name, mark, tree: { digest } };
}

function stateOf(wantedOnes: WantedExtension[], localOnes: LocalExtension[]): AgentState {
  const state = new AgentState(undefined);
  state.wanted = { catalogId: 'c', revision: 3, chain: zip('chain'), extensions: wantedOnes };
  state.local = { lookedAtMs: 0, extensions: new Map(localOnes.map((one) => [one.name, one])) };
  return state;
}

const nothingParked = new ParkedLedger({ firstMs: 1, maxMs: 1 });

describe('an extension as it is reported', () => {
  test('is in sync only where tree, zip and hook are right', () => {
    const cases: [LocalExtension[], string, boolean][] = [
      [[local('A')], 'in-sync', true],
      [[local('A', { hook: 'pending' })], 'queued', false],
      [[local('A', { state: 'installing', hook: 'pending' })], 'queued', false],
      [[local('A', { sha256: zip('older') })], 'queued', true],
      [[local('A', {}, tree('harmed'))], 'queued', true],
      [[{ name: 'A', tree: { digest: tree('A') } }], 'queued', false],
      [[], 'queued', false],
    ];
    for (const [found, expected, deployed] of cases) {
      expect(describeExtensions(stateOf([wanted('A')], found), nothingParked)[0]).toMatchObject({
        state: expected,
        deployed,
      });
    }
  });

  test('tells no version for a tree that is not the marked one', () => {
    const [found] = describeExtensions(stateOf([wanted('A')], [local('A', {}, tree('harmed'))]), nothingParked);
    expect(found).toMatchObject({ treeDigest: tree('harmed'), wantedVersion: '1.0.0' });
    expect(found).not.toHaveProperty('version');
    expect(found).not.toHaveProperty('sha256');
  });

  test('a step that has ended is verifying, not in sync, until the disk was looked at', () => {
    const state = stateOf([wanted('A')], []);
    state.planned([{ kind: 'install', name: 'A', wanted: wanted('A'), why: '', after: [] }]);
    state.observe({ extension: 'A', state: 'fetching' });
    expect(describeExtensions(state, nothingParked)[0]!.state).toBe('fetching');
    state.observe({ extension: 'A', state: 'in-sync' });
    expect(describeExtensions(state, nothingParked)[0]!.state).toBe('verifying');
  });

  test('what is not wanted any more is named until it is gone; what is foreign never is', () => {
    const state = stateOf([], [local('Old'), { name: 'Theirs', tree: { unread: true } }]);
    expect(describeExtensions(state, nothingParked)).toMatchObject([{ name: 'Old', state: 'queued' }]);
  });

  test('without a catalog nothing is claimed', () => {
    const state = stateOf([], [local('A')]);
    state.wanted = undefined;
    expect(describeExtensions(state, nothingParked)).toMatchObject([{ name: 'A', state: 'unknown', version: '1.0.0' }]);
  });

  test('the parked one tells its reason, its dependant for whom it waits', () => {
    const state = stateOf([wanted('A'), wanted('B', { dependsOn: ['A'] })], []);
    const step = (name: string, after: string[]): Step => ({
      kind: 'install',
      name,
      wanted: wanted(name),
      why: '',
      after,
    });
    state.held = [
      { step: step('A', []), waitsFor: 'A' },
      { step: step('B', ['A']), waitsFor: 'A' },
    ];
    const parked = new ParkedLedger({ firstMs: 1_000, maxMs: 1_000 });
    parked.record({
      name: 'A',
      sha256: zip('A'),
      kind: 'install',
      step: 'hook',
      code: 'hook-failed',
      detail: 'no',
      undone: [],
    });
    const [first, second] = describeExtensions(state, parked);
    expect(first).toMatchObject({ state: 'parked', attempts: 1, lastFailure: { code: 'hook-failed' } });
    expect(first).not.toHaveProperty('waitsFor');
    expect(second).toMatchObject({ state: 'parked', waitsFor: 'A' });
  });
});

describe('the queue', () => {
  test('holds the steps that have not begun, then what events have announced', () => {
    const state = stateOf([], []);
    state.planned([
      { kind: 'install', name: 'A', wanted: wanted('A'), why: '', after: [] },
      { kind: 'install', name: 'B', wanted: wanted('B', { revision: 2 }), why: '', after: [] },
      { kind: 'remove', name: 'C', local: local('C'), why: '', after: [] },
    ]);
    state.observe({ extension: 'A', state: 'staging' });
    state.announce('D', 5);
    state.announce('B', 4);
    expect(queueView(state)).toEqual([
      { extension: 'B', revision: 2 },
      { extension: 'C', revision: 3 },
      { extension: 'B', revision: 4 },
      { extension: 'D', revision: 5 },
    ]);
    state.takenIn(4);
    state.rest();
    expect(queueView(state)).toEqual([{ extension: 'D', revision: 5 }]);
  });
});

describe('since when', () => {
  test('is kept while the state stays, and new with the next', () => {
    const since = new Since();
    const first = new Date('2026-01-01T00:00:00Z');
    const later = new Date('2026-01-01T00:01:00Z');
    const one = { name: 'A', state: 'queued', deployed: false } as const;
    expect(since.stamp([one], first)[0]!.since).toBe(first.toISOString());
    expect(since.stamp([one], later)[0]!.since).toBe(first.toISOString());
    expect(since.stamp([{ ...one, state: 'fetching' }], later)[0]!.since).toBe(later.toISOString());
  });
});

describe('an extension that waits for other nodes', () => {
  const install = (name: string): Step => ({ kind: 'install', name, why: '', after: [], wanted: wanted(name) });
  const wait = { detail: 'node-2 has the turn', node: 'node-2', failed: false };

  test('says for whom, and what stands behind it is queued, not parked', () => {
    const state = stateOf([wanted('A'), wanted('B')], []);
    state.held = [
      { step: install('A'), waitsFor: 'A' },
      { step: install('B'), waitsFor: 'A' },
    ];
    state.waitsTurn(new Map([['A', wait]]));
    expect(describeExtensions(state, nothingParked)).toMatchObject([
      { name: 'A', state: 'waiting-turn', turn: wait },
      { name: 'B', state: 'queued', waitsFor: 'A' },
    ]);
    state.waitsTurn(new Map());
    expect(describeExtensions(state, nothingParked).map(({ state: now }) => now)).toEqual(['parked', 'parked']);
  });

  test('is what the node does, since it began to wait, as long as it waits for its turn', () => {
    const state = stateOf([wanted('A')], []);
    state.waitsTurn(new Map([['A', wait]]));
    const { since } = state.step!;
    state.rest();
    state.waitsTurn(new Map([['A', { ...wait, detail: 'node-3 has the turn' }]]));
    expect(state.step).toEqual({ extension: 'A', state: 'waiting-turn', since, detail: 'node-3 has the turn' });
    state.waitsTurn(new Map([['A', { ...wait, failed: true }]]));
    expect(state.step).toBeUndefined();
  });
});
