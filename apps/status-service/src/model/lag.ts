import type { CatalogFacts } from './facts.js';
import type { NodeView } from './node-view.js';

export interface Lag {
  readonly revisions: number;
  /** Since the first of them was committed. */
  readonly ms: number;
}

/** How far a node is behind the head, by what it last said; a node of another history is behind from the beginning. */
export function lagOf({ heard, known }: NodeView, { head, nextCommits, nowMs }: CatalogFacts): Lag {
  const revision = known && heard !== undefined ? heard.report.revision : 0;
  const revisions = Math.max(0, head.revision - revision);
  if (revisions === 0) return { revisions, ms: 0 };
  const firstMs = nextCommits.get(revision) ?? head.committedAtMs ?? nowMs;
  return { revisions, ms: Math.max(0, nowMs - firstMs) };
}
