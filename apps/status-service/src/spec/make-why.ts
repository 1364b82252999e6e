import type { Why } from '@muster/contracts';
import type { EnrolledNode, Goal, Heard } from '../model/facts.js';
import { viewNodes } from '../model/node-view.js';
import { explain } from '../model/why/explain.js';
import type { WantedVersion, WhyFacts } from '../model/why/why-facts.js';
import { AGES, facts, goal, heard, NOW, treeOf, versionOf, type ReportSpec } from './make-facts.js';
import { HEAD } from './truth-table.js';

/** A question to a cluster of made nodes; revision 3 is head and wants Base 1 and App 2. */
export interface WhyRow {
  /** By id; `undefined`: enrolled, and never reported. */
  readonly nodes: Readonly<Record<string, ReportSpec | undefined>>;
  readonly enrolled?: Readonly<Record<string, Partial<EnrolledNode>>>;
  readonly facts?: Partial<WhyFacts>;
  readonly ask?: { readonly node?: string; readonly extension?: string };
  readonly goal?: Goal;
}

export function why({ nodes, enrolled = {}, facts: more = {}, ask = {}, goal: asked }: WhyRow): Why {
  const known = Object.keys(nodes).map((node): EnrolledNode => ({
    node,
    enrolledAtMs: NOW - 100_000,
    starts: 1,
    ...enrolled[node],
  }));
  const catalog = facts(known, HEAD, 3);
  const reports = new Map<string, Heard>();
  for (const [node, spec] of Object.entries(nodes)) if (spec !== undefined) reports.set(node, heard(node, spec));
  const columns = HEAD.map(versionOf).map(({ name, version }): [string, WantedVersion] => [
    name,
    { version, revision: name === 'Base' ? 1 : 3, sha256: treeOf({ name, version }).sha256 },
  ]);
  const all: WhyFacts = {
    nowMs: NOW,
    head: catalog.head,
    columns: new Map(columns),
    views: viewNodes(catalog, reports, AGES),
    refusals: [],
    rivals: new Map(),
    answers: new Map(),
    ...more,
  };
  return explain(all, { ...ask, goal: asked ?? goal(3, HEAD, { whole: true, committedAtMs: NOW - 10_000 }) });
}
