import type { CatalogFacts, Head } from './facts.js';
import type { NodeView } from './node-view.js';

export interface Lag {
  readonly revisions: number;
  /** Since the first of them was committed. */
  readonly ms: number;
}

/** How many revisions a node is behind the head. */
export function revisionsBehind({ heard, known }: NodeView, head: Head): number {
  const revision = known && heard !== undefined ? heard.report.revision : 0;
  return Math.max(0, head.revision - revision);
}

/** How far a node is behind the head, by what it last said; a node of another history is behind from the beginning. */
export function lagOf(view: NodeView, { head, nextCommits, nowMs }: CatalogFacts): Lag {
  const revisions = revisionsBehind(view, head);
  if (revisions === 0) return { revisions, ms: 0 };
  const firstMs = nextCommits.get(head.revision - revisions) ?? head.committedAtMs ?? nowMs;
  return { revisions, ms: Math.max(0, nowMs - firstMs) };
}
