import { expect } from 'vitest';
import type { ConvergenceState, NodeConvergence } from '@muster/contracts';
import { converge, isConverged } from '../model/converge.js';
import type { Among } from '../model/among.js';
import type { EnrolledNode, Goal, Heard } from '../model/facts.js';
import { expectedNodes, viewNodes } from '../model/node-view.js';
import { standing } from '../model/standing.js';
import { AGES, CATALOG, chainOf, entries, facts, goal, heard, NOW, type ReportSpec } from './make-facts.js';

/** The catalog of the tables: revision 3 is head and wants Base 1 and App 2. */
export const HEAD = ['Base 1', 'App 2'];
const WHOLE = goal(3, HEAD, { whole: true });

const HOLD = { since: new Date(NOW - 60_000).toISOString(), actor: 'ana', reason: 'new disks' };

export interface Row {
  readonly title: string;
  /** `undefined`: enrolled, and never reported. */
  readonly nodes: readonly (ReportSpec | undefined)[];
  readonly goal?: Goal;
  readonly retired?: readonly number[];
  /** Held in maintenance. */
  readonly paused?: readonly number[];
  readonly among?: Among;
  readonly state: ConvergenceState;
  /** Per expected node. */
  readonly each?: readonly NodeConvergence['state'][];
  readonly reason?: RegExp;
}

export const good: ReportSpec = { holds: HEAD, revision: 3 };
export const change = (fields: NonNullable<ReportSpec['change']>): ReportSpec => ({ ...good, change: fields });
export const inState = (name: string, fields: object): ReportSpec => ({
  revision: 3,
  change: { extensions: entries(HEAD, 3).map((entry) => (entry.name === name ? Object.assign(entry, fields) : entry)) },
  holds: HEAD,
});

export function judge({ nodes, goal: asked = WHOLE, retired = [], paused = [], among }: Row) {
  const enrolled = nodes.map((_, index): EnrolledNode => {
    const left = retired.includes(index) ? { retiredAtMs: NOW - 1 } : {};
    const held = paused.includes(index) ? { paused: HOLD } : {};
    return { node: `node-${index + 1}`, enrolledAtMs: NOW - 100_000, starts: 1, ...left, ...held };
  });
  const all = facts(enrolled, HEAD, 3);
  const reports = new Map<string, Heard>();
  nodes.forEach((spec, index) => spec && reports.set(`node-${index + 1}`, heard(`node-${index + 1}`, spec)));
  const views = viewNodes(all, reports, AGES);
  return { answer: converge(asked, all.head, views, among), views, head: all.head, asked };
}

export function expectRow(row: Row): void {
  const { answer, views, head, asked } = judge(row);
  expect(answer, JSON.stringify(answer)).toMatchObject({ state: row.state, revision: asked.revision });
  if (row.each) expect(answer.nodes.map(({ state }) => state)).toEqual(row.each);
  if (row.reason) expect(answer.reason).toMatch(row.reason);
  const expected = expectedNodes(views);
  expect(isConverged(asked, head, expected)).toBe(
    expected.length > 0 && expected.every((view) => standing(view, asked, head).state === 'converged'),
  );
  for (const node of answer.nodes) if (node.state !== 'converged') expect(node.reason).toBeTruthy();
  // Green cannot lie: whoever is in sync has proven the head, freshly, and is alive.
  for (const view of views.filter(({ inSync }) => inSync)) expect(view).toMatchObject({ state: 'live', fresh: true });
  for (const view of views.filter(({ fresh }) => fresh)) {
    expect(view.heard?.report).toMatchObject({ catalogId: CATALOG, chain: chainOf(view.heard?.report.revision ?? 0) });
  }
}
