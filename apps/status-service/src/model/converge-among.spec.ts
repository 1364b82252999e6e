import { describe, test } from 'vitest';
import { goal, parked, type ReportSpec } from '../spec/make-facts.js';
import { change, expectRow, good, HEAD, type Row } from '../spec/truth-table.js';

const silent: ReportSpec = { ...good, heardMs: 30_000 };
const behind: ReportSpec = { holds: ['Base 1'], revision: 2 };
const failed: ReportSpec = { holds: ['Base 1'], revision: 3, entries: [parked('App 2', 3)] };
const one = { nodes: ['node-1'] };
const two = { nodes: ['node-1', 'node-2'] };
const majority = { quorum: 'majority' } as const;

const NAMED: readonly Row[] = [
  { title: 'one that proves it, beside one that does not', nodes: [good, behind], among: one, state: 'converged' },
  { title: 'one that proves it, beside one that failed', nodes: [good, failed], among: one, state: 'converged' },
  { title: 'one that is behind, beside one that proves it', nodes: [behind, good], among: one, state: 'syncing' },
  { title: 'one that has failed', nodes: [failed, good], among: one, state: 'failed' },
  { title: 'one that is silent', nodes: [silent, good], among: one, state: 'absent', reason: /node-1: offline/ },
  { title: 'one that never reported', nodes: [undefined, good], among: one, state: 'absent' },
  { title: 'one that is retired', nodes: [good, good], retired: [0], among: one, state: 'absent', reason: /retired/ },
  {
    title: 'two of three',
    nodes: [good, good, failed],
    among: two,
    state: 'converged',
    each: ['converged', 'converged'],
  },
];

const QUORUM: readonly Row[] = [
  { title: 'all of all', nodes: [good, good, good], among: majority, state: 'converged' },
  {
    title: 'two of three, the third behind',
    nodes: [good, good, behind],
    among: majority,
    state: 'converged',
    reason: /^2 of 3 nodes prove it, 2 are enough; node-3: it is at revision 2/,
  },
  { title: 'two of three, the third failed', nodes: [good, failed, good], among: majority, state: 'converged' },
  { title: 'two of three, the third silent', nodes: [silent, good, good], among: majority, state: 'converged' },
  { title: 'one of three, the others on their way', nodes: [good, behind, behind], among: majority, state: 'syncing' },
  { title: 'one failure that can be borne', nodes: [good, behind, failed], among: majority, state: 'syncing' },
  {
    title: 'two failures of three',
    nodes: [good, failed, failed],
    among: majority,
    state: 'failed',
    reason: /node-2: App 2 is parked.*node-3: App 2/,
  },
  { title: 'two failures of four', nodes: [good, good, failed, failed], among: majority, state: 'failed' },
  { title: 'a failure, and the rest silent', nodes: [good, failed, silent], among: majority, state: 'absent' },
  { title: 'half of four is no majority', nodes: [good, good, behind, behind], among: majority, state: 'syncing' },
  { title: 'one is enough', nodes: [failed, good, silent], among: { quorum: 1 }, state: 'converged' },
  { title: 'one would be enough', nodes: [failed, failed, behind], among: { quorum: 1 }, state: 'syncing' },
  { title: 'none is left for one', nodes: [failed, failed], among: { quorum: 1 }, state: 'failed' },
  {
    title: 'more than there are',
    nodes: [good, good],
    among: { quorum: 3 },
    state: 'absent',
    reason: /3 nodes are asked for, and 2 are expected/,
  },
  { title: 'more than there are, one failed', nodes: [good, failed], among: { quorum: 3 }, state: 'failed' },
  { title: 'nobody', nodes: [], among: majority, state: 'syncing', reason: /none has enrolled/ },
  {
    title: 'one of two that are named',
    nodes: [good, failed, failed],
    among: { ...two, quorum: 1 },
    state: 'converged',
  },
  {
    title: 'a superseded revision',
    nodes: [failed, good],
    goal: goal(2, ['App 1'], { supersededBy: { extension: 'App', revision: 3 } }),
    among: majority,
    state: 'superseded',
  },
  {
    title: "another extension's parking blocks no revision",
    nodes: [failed, failed],
    goal: goal(1, ['Base 1']),
    among: { quorum: 2 },
    state: 'converged',
  },
];

const PAUSED: readonly Row[] = [
  {
    title: 'one that does not prove it is absent',
    nodes: [good, behind],
    paused: [1],
    state: 'absent',
    each: ['converged', 'absent'],
    reason: /^node-2: paused since 2026-11-23T11:59:00.000Z by ana: new disks$/,
  },
  { title: 'one that proves it counts', nodes: [good, good], paused: [1], state: 'converged' },
  { title: 'one whose extension had failed is absent', nodes: [good, failed], paused: [1], state: 'absent' },
  { title: 'one that is silent is silent', nodes: [good, silent], paused: [1], state: 'absent', reason: /offline/ },
  {
    title: 'one that is forked has failed',
    nodes: [good, change({ state: 'forked' })],
    paused: [1],
    state: 'failed',
  },
  {
    title: 'another is still on its way',
    nodes: [behind, behind],
    paused: [1],
    state: 'syncing',
    each: ['syncing', 'absent'],
  },
  {
    title: 'the revision that it has stays proven',
    nodes: [good, { holds: HEAD.slice(0, 1), revision: 2 }],
    paused: [1],
    goal: goal(1, ['Base 1']),
    state: 'converged',
  },
  {
    title: 'a majority does without it',
    nodes: [good, good, behind],
    paused: [2],
    among: majority,
    state: 'converged',
  },
];

describe('of named nodes', () => {
  test.for(NAMED)('$title', (row) => expectRow(row));
});

describe('of a quorum', () => {
  test.for(QUORUM)('$title', (row) => expectRow(row));
});

describe('of paused nodes', () => {
  test.for(PAUSED)('$title', (row) => expectRow(row));
});
