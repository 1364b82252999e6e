import { test } from 'vitest';
import { chainOf, goal, NOW, parked } from '../spec/make-facts.js';
import { change, expectRow, good, HEAD, inState, type Row } from '../spec/truth-table.js';

const App2 = goal(2, ['App 2', 'Base 1']);
const forRevision: readonly Row[] = [
  { title: 'its trees at its own revision', goal: App2, nodes: [{ holds: HEAD, revision: 2 }], state: 'converged' },
  { title: 'its trees at a later revision', goal: App2, nodes: [good], state: 'converged' },
  {
    title: 'its trees before it was taken in',
    goal: App2,
    nodes: [{ holds: HEAD, revision: 1 }],
    state: 'syncing',
    reason: /revision 1 of 2/,
  },
  {
    title: 'another extension is missing',
    goal: App2,
    nodes: [{ holds: HEAD, revision: 3, entries: [parked('Other 1', 3)] }],
    state: 'converged',
  },
  { title: 'another root digest', goal: App2, nodes: [change({ rootDigest: chainOf(8) })], state: 'converged' },
  { title: 'a hook of another has not run', goal: App2, nodes: [change({ deployed: false })], state: 'converged' },
  { title: 'its own hook has not run', goal: App2, nodes: [inState('App', { deployed: false })], state: 'syncing' },
  {
    title: 'its dependency is missing',
    goal: App2,
    nodes: [{ holds: ['App 2'], revision: 3 }],
    state: 'syncing',
    reason: /Base is not there/,
  },
  {
    title: 'its dependency is parked',
    goal: App2,
    nodes: [{ holds: ['App 2'], revision: 3, entries: [parked('Base 1', 3)] }],
    state: 'failed',
  },
  {
    title: 'its dependency has moved on',
    goal: goal(2, ['App 2', 'Base 1|2']),
    nodes: [{ holds: ['App 2', 'Base 2'], revision: 3 }],
    state: 'converged',
  },
  {
    title: 'its dependency was removed since',
    goal: goal(2, ['App 2', 'Base 1|-']),
    nodes: [{ holds: ['App 2'], revision: 3 }],
    state: 'converged',
  },
  {
    title: 'nodes are at different later revisions',
    goal: App2,
    nodes: [{ holds: HEAD, revision: 2 }, good],
    state: 'converged',
  },
  { title: 'a chain that the catalog lacks', goal: App2, nodes: [change({ chain: chainOf(9) })], state: 'syncing' },
  { title: 'an old proof', goal: App2, nodes: [{ ...good, provenMs: 70_000 }], state: 'syncing' },
  { title: 'nothing enrolled', goal: App2, nodes: [], state: 'syncing' },
  { title: 'a removal, gone', goal: goal(3, ['-Gone']), nodes: [good], state: 'converged' },
  {
    title: 'a removal, still there',
    goal: goal(3, ['-Gone']),
    nodes: [{ holds: [...HEAD, 'Gone 1'], revision: 3 }],
    state: 'syncing',
    reason: /Gone is still there/,
  },
  {
    title: 'a removal, gone at an earlier revision',
    goal: goal(3, ['-Gone']),
    nodes: [{ holds: HEAD, revision: 2 }],
    state: 'syncing',
  },
  {
    title: 'a removal, parked',
    goal: goal(3, ['-Gone']),
    nodes: [
      {
        holds: HEAD,
        revision: 3,
        entries: [{ ...parked('Gone 1', 3), wantedSha256: undefined, sha256: chainOf(1), treeDigest: chainOf(1) }],
      },
    ],
    state: 'failed',
  },
  {
    title: 'a removal that is still known by name',
    goal: goal(3, ['-Gone']),
    nodes: [{ ...good, entries: [{ ...parked('Gone 1', 3), state: 'removing', wantedSha256: undefined }] }],
    state: 'converged',
  },
  {
    title: 'an earlier version parked is not its failure',
    goal: goal(3, ['App 2']),
    nodes: [{ holds: [], revision: 3, entries: [parked('App 1', 1)] }],
    state: 'syncing',
  },
  {
    title: 'the same bytes parked by an earlier revision',
    goal: goal(3, ['App 2']),
    nodes: [{ holds: [], revision: 1, entries: [parked('App 2', 1)] }],
    state: 'syncing',
  },
  {
    title: 'parked before the rest of the backlog was taken in',
    goal: goal(3, ['App 2']),
    nodes: [{ holds: [], revision: 1, entries: [parked('App 2', 3)] }],
    state: 'failed',
  },
  {
    title: 'parked fails at once, whatever the others do',
    goal: App2,
    nodes: [undefined, { holds: [], revision: 1 }, { holds: [], revision: 2, entries: [parked('App 2', 2)] }],
    state: 'failed',
  },
  {
    title: 'superseded',
    goal: goal(2, ['App 2'], { supersededBy: { extension: 'App', revision: 3 } }),
    nodes: [{ holds: ['App 3'], revision: 3 }],
    state: 'superseded',
    reason: /revision 3 has changed App/,
  },
  {
    title: 'superseded, but proven everywhere right now',
    goal: goal(2, ['App 2'], { supersededBy: { extension: 'App', revision: 3 } }),
    nodes: [good],
    state: 'converged',
  },
  {
    title: 'superseded after it had converged',
    goal: goal(2, ['App 2'], { supersededBy: { extension: 'App', revision: 3 }, convergedAtMs: NOW - 5 }),
    nodes: [{ holds: ['App 3'], revision: 3 }],
    state: 'converged',
    reason: /had proven it/,
  },
  {
    title: 'had converged, but has drifted since',
    goal: goal(2, ['App 2'], { convergedAtMs: NOW - 5 }),
    nodes: [inState('App', { state: 'drifted' })],
    state: 'syncing',
  },
  {
    title: 'superseded weighs more than parked',
    goal: goal(2, ['App 2'], { supersededBy: { extension: 'App', revision: 3 } }),
    nodes: [{ holds: [], revision: 2, entries: [parked('App 2', 2)] }],
    state: 'superseded',
  },
  {
    title: 'the empty catalog asks for nothing',
    goal: goal(0, []),
    nodes: [{ holds: [], revision: 0 }],
    state: 'converged',
  },
  {
    title: 'the empty catalog still asks for a proof',
    goal: goal(0, []),
    nodes: [{ holds: [], revision: 0, provenMs: null }],
    state: 'syncing',
  },
];

test.for(forRevision)('one revision: $title', (row) => expectRow(row));
