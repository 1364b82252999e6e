import type { NodePassage, RevisionChange } from '@muster/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AGES, entries, facts, heard, NOW, parked, treeOf, versionOf, type ReportSpec } from '../../spec/make-facts.js';
import { HEAD } from '../../spec/truth-table.js';
import type { EnrolledNode } from '../facts.js';
import { viewNodes } from '../node-view.js';
import { passage } from './passage.js';
import type { RecordedAction, RevisionRecord } from './revision-record.js';
import { inOrder, MOMENT_NAMES, stageDurations, type Moments } from './stages.js';

const COMMITTED = NOW - 10_000;

function change(text: string, action: RevisionChange['action'] = 'install'): RevisionChange {
  const version = versionOf(text);
  return { action, extension: version.name, version: version.version, sha256: treeOf(version).sha256, sizeBytes: 1 };
}

interface Made {
  readonly revision?: number;
  readonly record?: Partial<RevisionRecord>;
  readonly says?: ReportSpec;
  readonly node?: Partial<EnrolledNode>;
  readonly did?: readonly Partial<RecordedAction>[];
}

function made({ revision = 3, record, says, node, did = [] }: Made): NodePassage {
  const enrolled = { node: 'node-3', enrolledAtMs: NOW - 100_000, starts: 1, ...node };
  const reports = new Map(says === undefined ? [] : [['node-3', heard('node-3', says)]]);
  const [view] = viewNodes(facts([enrolled], HEAD, 3), reports, AGES);
  const all: RevisionRecord = {
    revision,
    actor: 'ana',
    committedAtMs: COMMITTED,
    changes: [change('App 2')],
    actions: [],
    ...record,
  };
  const actions = did.map((action): RecordedAction => ({
    node: 'node-3',
    extension: 'App',
    outcome: 'done',
    moments: {},
    ...action,
  }));
  return passage(all, view!, actions);
}

const after = (ms: number) => COMMITTED + ms;
const at = (ms: number) => new Date(after(ms)).toISOString();
const FULL = {
  received: after(20),
  started: after(50),
  fetched: after(150),
  staged: after(250),
  switched: after(260),
  deployed: after(700),
  proven: after(900),
};

describe('the passage of a revision', () => {
  test('has stages that add up', () => {
    const { stages, totalMs, ...rest } = made({ record: { publishedAtMs: after(5) }, did: [{ moments: FULL }] });
    expect(totalMs).toBe(900);
    expect(stages).toEqual({
      publish: 5,
      receive: 15,
      wait: 30,
      fetch: 100,
      stage: 100,
      switch: 10,
      deploy: 440,
      prove: 200,
    });
    expect(rest).toMatchObject({ state: 'proven', receivedAt: at(20), deployedAt: at(700), provenAt: at(900) });
  });

  test('of several changes begins with the first and ends with the last', () => {
    const record = { changes: [change('Base 1'), change('App 2')] };
    const later = Object.fromEntries(Object.entries(FULL).map(([name, ms]) => [name, ms + 1_000]));
    const both = made({ record, did: [{ extension: 'Base', moments: FULL }, { moments: later }] });
    expect(both).toMatchObject({
      state: 'proven',
      totalMs: 1_900,
      startedAt: at(50),
      stages: { wait: 30, fetch: 1_100 },
    });
    expect(made({ record, did: [{ extension: 'Base', moments: FULL }] })).toMatchObject({ state: 'absent' });
    const one = made({ record, did: [{ extension: 'Base', moments: FULL }], says: { holds: ['Base 1'], revision: 2 } });
    expect(one).toMatchObject({ state: 'under-way', startedAt: at(50) });
    expect(one).not.toHaveProperty('provenAt');
    expect(one).not.toHaveProperty('totalMs');
  });

  test('ends with the attempt that succeeded', () => {
    const failed = { outcome: 'parked' as const, moments: { started: after(50), fetched: after(60) } };
    const says = { holds: ['Base 1'], revision: 3, entries: [parked('App 2', 3)] };
    expect(made({ says, did: [failed] })).toMatchObject({ state: 'parked', startedAt: at(50), fetchedAt: at(60) });
    expect(made({ did: [failed, { moments: FULL }] })).toMatchObject({ state: 'proven', totalMs: 900 });
    expect(
      made({ says: { holds: ['Base 1'], revision: 3 }, did: [{ ...failed, outcome: 'interrupted' }] }),
    ).toMatchObject({
      state: 'skipped',
    });
  });

  test('of a node that tells no steps is known by what it says', () => {
    const good = { holds: HEAD, revision: 3 };
    const since = { ...good, change: { extensions: entries(HEAD, 3).map((entry) => ({ ...entry, since: at(400) })) } };
    const proven = made({ says: since });
    expect(proven).toEqual({ node: 'node-3', state: 'proven', provenAt: at(400), totalMs: 400 });
    expect(made({ says: { ...since, heardMs: 60_000 } })).toMatchObject({ state: 'proven' });
    expect(made({ says: { ...since, provenMs: null } })).toMatchObject({ state: 'under-way' });
    const removal = { changes: [change('Gone 1', 'remove')] };
    expect(made({ record: removal, says: good })).toEqual({ node: 'node-3', state: 'proven' });
  });

  test.for([
    ['a live node that is behind', { says: { holds: [], revision: 2 } }, 'under-way'],
    ['a silent node that is behind', { says: { holds: [], revision: 2, heardMs: 60_000 } }, 'absent'],
    ['a node that never reported', {}, 'absent'],
    [
      'a paused node that is behind',
      { says: { holds: [], revision: 2 }, node: { paused: { since: at(0), actor: 'ana', reason: 'x' } } },
      'absent',
    ],
    ['a node that failed', { says: { revision: 3, entries: [parked('App 2', 3)] } }, 'parked'],
    ['a node that took a later one', { revision: 2, says: { holds: HEAD, revision: 3 } }, 'skipped'],
    ['a node where it was removed since', { revision: 2, says: { holds: ['Base 1'], revision: 3 } }, 'skipped'],
    [
      'a node that took a later one, and all had proven this',
      { revision: 2, record: { convergedAtMs: after(100) }, says: { holds: HEAD, revision: 3 } },
      'proven',
    ],
    [
      'a node that came after all had proven it',
      {
        revision: 2,
        record: { convergedAtMs: after(100) },
        says: { holds: HEAD, revision: 3 },
        node: { enrolledAtMs: NOW - 1 },
      },
      'skipped',
    ],
  ] as const satisfies [string, Made, NodePassage['state']][])('%s', ([, spec, state]) => {
    expect(made(spec)).toMatchObject({ state });
  });
});

test('whatever the moments, stages are never negative, in order, and add up exactly', () => {
  const moment = fc.option(fc.double({ min: COMMITTED - 5_000, max: COMMITTED + 50_000, noNaN: true }), {
    nil: undefined,
  });
  const moments = fc.record(Object.fromEntries(MOMENT_NAMES.map((name) => [name, moment])));
  const committed = fc.double({ min: COMMITTED - 1, max: COMMITTED + 1, noNaN: true });
  fc.assert(
    fc.property(
      committed,
      moments,
      fc.double({ min: COMMITTED, max: COMMITTED + 60_000, noNaN: true }),
      (first, some, end) => {
        const ordered = inOrder(first, { ...(some as Moments), proven: end });
        const stages = Object.values(stageDurations(first, ordered));
        expect(stages.every((ms) => ms >= 0 && Number.isInteger(ms))).toBe(true);
        expect(stages.reduce((sum, ms) => sum + ms, 0)).toBe(ordered.proven! - Math.round(first));
        const times = MOMENT_NAMES.flatMap((name) => ordered[name] ?? []);
        expect(times).toEqual([...times].sort((a, b) => a - b));
      },
    ),
    { numRuns: 2_000 },
  );
});
