import { describe, expect, test } from 'vitest';
import { AGES, chainOf, NOW, parked, type ReportSpec } from '../spec/make-facts.js';
import { change, expectRow, good, HEAD, inState, judge, type Row } from '../spec/truth-table.js';
import { isFinal, timedOut } from './converge.js';
import { nextChangeMs } from './node-view.js';

const whole: readonly Row[] = [
  { title: 'every node proves the head', nodes: [good, good], state: 'converged', each: ['converged', 'converged'] },
  { title: 'no node has enrolled', nodes: [], state: 'syncing', reason: /no node/ },
  { title: 'only retired nodes', nodes: [good], retired: [0], state: 'syncing', reason: /no node/ },
  {
    title: 'a retired node does not count',
    nodes: [good, { holds: [], revision: 1 }],
    retired: [1],
    state: 'converged',
    each: ['converged'],
  },
  {
    title: 'a node lacks an extension',
    nodes: [good, { holds: ['Base 1'], revision: 3 }],
    state: 'syncing',
    reason: /node-2: App is not there/,
  },
  {
    title: 'a node holds an older version',
    nodes: [{ holds: ['Base 1', 'App 1'], revision: 3 }],
    state: 'syncing',
    reason: /App 1 is in-sync/,
  },
  {
    title: 'a node holds one too many',
    nodes: [{ holds: [...HEAD, 'Gone 1'], revision: 3 }],
    state: 'syncing',
    reason: /root digest/,
  },
  {
    title: 'a node is at an earlier revision',
    nodes: [{ holds: HEAD, revision: 2 }],
    state: 'syncing',
    reason: /revision 2 of 3/,
  },
  { title: 'a node knows another chain', nodes: [change({ chain: chainOf(7) })], state: 'syncing', reason: /chain/ },
  {
    title: 'a node is ahead of the catalog',
    nodes: [{ holds: HEAD, revision: 9 }],
    state: 'syncing',
    reason: /revision 9/,
  },
  {
    title: 'a node speaks of another catalog',
    nodes: [change({ catalogId: 'other' })],
    state: 'syncing',
    reason: /another catalog/,
  },
  { title: 'a node has proven nothing', nodes: [{ ...good, provenMs: null }], state: 'syncing', reason: /not proven/ },
  { title: 'a proof just young enough', nodes: [{ ...good, provenMs: 58_999 }], state: 'converged' },
  {
    title: 'a proof of exactly two periods',
    nodes: [{ ...good, provenMs: 59_000 }],
    state: 'syncing',
    reason: /too old/,
  },
  {
    title: 'an old proof',
    nodes: [good, { ...good, provenMs: 120_000 }],
    state: 'syncing',
    each: ['converged', 'syncing'],
    reason: /too old/,
  },
  { title: 'a proof with no age', nodes: [change({ provenAgeMs: undefined })], state: 'syncing' },
  {
    title: 'a wrong clock on the node does not matter',
    nodes: [change({ sentAt: '1999-01-01T00:00:00Z', provenAt: '1999-01-01T00:00:00Z' })],
    state: 'converged',
  },
  { title: 'hooks have not run', nodes: [change({ deployed: false })], state: 'syncing', reason: /hooks/ },
  {
    title: 'one hook has not run',
    nodes: [inState('App', { deployed: false, state: 'deploying' })],
    state: 'syncing',
    reason: /hook/,
  },
  {
    title: 'the digest is right and the extension drifted',
    nodes: [inState('App', { state: 'drifted' })],
    state: 'syncing',
    reason: /drifted/,
  },
  {
    title: 'an extension waits for another',
    nodes: [
      { holds: ['Base 1'], revision: 3, entries: [{ ...parked('App 2', 3), state: 'queued', waitsFor: 'Base' }] },
    ],
    state: 'syncing',
    reason: /waits for Base/,
  },
  { title: 'versions agree and bytes do not', nodes: [inState('App', { treeDigest: chainOf(9) })], state: 'syncing' },
  { title: 'the zip is another, the tree the same', nodes: [inState('App', { sha256: chainOf(9) })], state: 'syncing' },
  {
    title: 'one is parked',
    nodes: [good, { holds: ['Base 1'], revision: 3, entries: [parked('App 2', 3)] }],
    state: 'failed',
    each: ['converged', 'failed'],
    reason: /node-2: App 2 is parked: hook-failed: .*licence missing/,
  },
  {
    title: 'an older version is parked, its mended one on its way',
    nodes: [{ holds: ['Base 1'], revision: 2, entries: [parked('App 1', 2)] }],
    state: 'syncing',
    each: ['syncing'],
  },
  {
    title: 'a removal is parked',
    nodes: [
      {
        holds: HEAD,
        revision: 3,
        entries: [{ ...parked('Gone 1', 3), wantedSha256: undefined, wantedVersion: undefined }],
      },
    ],
    state: 'failed',
    reason: /Gone its removal is parked/,
  },
  {
    title: 'parked behind another',
    nodes: [{ holds: [], revision: 3, entries: [{ ...parked('App 2', 3), lastFailure: undefined, waitsFor: 'Base' }] }],
    state: 'failed',
    reason: /waits for Base/,
  },
  {
    title: 'what failed itself is named before what waits for it',
    nodes: [
      {
        holds: [],
        revision: 3,
        entries: [{ ...parked('App 2', 3), lastFailure: undefined, waitsFor: 'Base' }, parked('Base 1', 3)],
      },
    ],
    state: 'failed',
    reason: /Base 1 is parked: hook-failed: .*licence missing/,
  },
  {
    title: 'a node is silent',
    nodes: [good, { ...good, heardMs: 15_001 }],
    state: 'absent',
    each: ['converged', 'absent'],
    reason: /node-2: offline: silent since 2026-11-23T11:59:44.999Z/,
  },
  { title: 'a node is silent for as long as it may', nodes: [{ ...good, heardMs: 15_000 }], state: 'converged' },
  { title: 'a node has stopped', nodes: [good, change({ state: 'stopped' })], state: 'absent', reason: /stopped/ },
  {
    title: 'a node has never reported',
    nodes: [good, undefined],
    state: 'absent',
    reason: /node-2: enrolled at .* never reported/,
  },
  {
    title: 'a node is forked',
    nodes: [good, change({ state: 'forked', stateReason: 'unknown catalog id' })],
    state: 'failed',
    reason: /forked: unknown catalog id/,
  },
  {
    title: 'a forked node that has fallen silent',
    nodes: [{ ...change({ state: 'forked' }), heardMs: 99_999 }],
    state: 'failed',
  },
  {
    title: 'failed weighs more than absent',
    nodes: [undefined, { holds: [], revision: 3, entries: [parked('App 2', 3)] }],
    state: 'failed',
  },
  { title: 'syncing weighs more than absent', nodes: [undefined, { holds: [], revision: 3 }], state: 'syncing' },
  {
    title: 'what a silent node had parked is old news',
    nodes: [{ holds: [], revision: 3, heardMs: 20_000, entries: [parked('App 2', 3)] }],
    state: 'absent',
  },
  { title: 'one node among many is enough', nodes: [good, good, good, good, undefined], state: 'absent' },
];

test.for(whole)('the whole cluster: $title', (row) => expectRow(row));

describe('the end of a wait', () => {
  test.for([
    ['converged', true, 'converged'],
    ['superseded', true, 'superseded'],
    ['failed', true, 'failed'],
    ['absent', false, 'absent'],
    ['syncing', false, 'timed-out'],
  ] as const)('%s: final %s, told as %s', ([state, final, told]) => {
    const answer = { state, revision: 1, digest: chainOf(1), nodes: [] };
    expect(isFinal(answer)).toBe(final);
    expect(timedOut(answer, 2_000).state).toBe(told);
  });
});

test('the clock is set for the next moment at which silence or age changes something', () => {
  const at = (specs: readonly ReportSpec[]) => {
    const { views } = judge({ title: '', nodes: specs, state: 'converged' });
    const next = nextChangeMs(views, NOW, AGES);
    return next && next - NOW;
  };
  expect(at([{ ...good, heardMs: 1_000, provenMs: 100 }])).toBe(14_001);
  expect(at([{ ...good, heardMs: 1_000, provenMs: 50_000 }])).toBe(9_000);
  expect(
    at([
      { ...good, heardMs: 1_000 },
      { ...good, heardMs: 14_000 },
    ]),
  ).toBe(1_001);
  expect(at([{ ...good, heardMs: 20_000 }])).toBeUndefined();
});
