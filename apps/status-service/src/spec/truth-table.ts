import { expect } from 'vitest';
import type { ConvergenceState, NodeConvergence } from '@muster/contracts';
import { converge, isConverged } from '../model/converge.js';
import type { EnrolledNode, Goal, Heard } from '../model/facts.js';
import { expectedNodes, viewNodes } from '../model/node-view.js';
import { AGES, CATALOG, chainOf, entries, facts, goal, heard, NOW, type ReportSpec } from './make-facts.js';

/** The catalog of the tables: revision 3 is head and wants Base 1 and App 2. */
export const HEAD = ['Base 1', 'App 2'];
const WHOLE = goal(3, HEAD, { whole: true });

export interface Row {
  readonly title: string;
  /** `undefined`: enrolled, and never reported. */
  readonly nodes: readonly (ReportSpec | undefined)[];
  readonly goal?: Goal;
  readonly retired?: readonly number[];
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

export function judge({ nodes, goal: asked = WHOLE, retired = [] }: Row) {
  const enrolled = nodes.map((_, index): EnrolledNode => {
    const left = retired.includes(index) ? { retiredAtMs: NOW - 1 } : {};
    return { node: `node-${index + 1}`, enrolledAtMs: NOW - 100_000, starts: 1, ...left };
  });
  const all = facts(enrolled, HEAD, 3);
  const reports = new Map<string, Heard>();
  nodes.forEach((spec, index) => spec && reports.set(`node-${index + 1}`, heard(`node-${index + 1}`, spec)));
  const views = viewNodes(all, reports, AGES);
  return { answer: converge(asked, all.head, views), views, head: all.head, asked };
}

export function expectRow(row: Row): void {
  const { answer, views, head, asked } = judge(row);
  expect(answer, JSON.stringify(answer)).toMatchObject({ state: row.state, revision: asked.revision });
  if (row.each) expect(answer.nodes.map(({ state }) => state)).toEqual(row.each);
  if (row.reason) expect(answer.reason).toMatch(row.reason);
  expect(isConverged(asked, head, expectedNodes(views))).toBe(
    answer.nodes.length > 0 && answer.nodes.every(({ state }) => state === 'converged'),
  );
  for (const node of answer.nodes) if (node.state !== 'converged') expect(node.reason).toBeTruthy();
  // Green cannot lie: whoever is in sync has proven the head, freshly, and is alive.
  for (const view of views.filter(({ inSync }) => inSync)) expect(view).toMatchObject({ state: 'live', fresh: true });
  for (const view of views.filter(({ fresh }) => fresh)) {
    expect(view.heard?.report).toMatchObject({ catalogId: CATALOG, chain: chainOf(view.heard?.report.revision ?? 0) });
  }
}
