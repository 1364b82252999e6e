import type { EventLogStatus, NodeReport } from '@muster/contracts';
import type { Goal, Head, Refusal } from '../facts.js';
import type { NodeView } from '../node-view.js';

/** What the head wants of one extension. */
export interface WantedVersion {
  readonly version: string;
  readonly revision: number;
  readonly sha256: string;
}

/** A second instance that goes on reporting for a node. */
export interface Rival {
  readonly instance: string;
  readonly address?: string;
  readonly storageId: string;
  /** When it was first heard beside the other, and last. */
  readonly sinceMs: number;
  readonly heardMs: number;
}

/** What came of asking a silent node directly. */
export type DirectAnswer =
  | { readonly kind: 'answered'; readonly address: string; readonly report: NodeReport }
  | { readonly kind: 'silent'; readonly address: string; readonly detail: string };

/** All that *why* reasons from. */
export interface WhyFacts {
  readonly nowMs: number;
  readonly head: Head;
  readonly columns: ReadonlyMap<string, WantedVersion>;
  readonly views: readonly NodeView[];
  readonly refusals: readonly Refusal[];
  readonly rivals: ReadonlyMap<string, Rival>;
  readonly answers: ReadonlyMap<string, DirectAnswer>;
  readonly eventLog?: EventLogStatus & { readonly awaySinceMs?: number };
  /** Set while the status service cannot read the database: all else is then as it was known last. */
  readonly databaseAway?: { readonly sinceMs: number; readonly detail: string };
}

export interface WhyQuestion {
  readonly node?: string;
  readonly extension?: string;
  /** What the nodes are measured by: the whole cluster at head, or one revision's own changes and their dependencies. */
  readonly goal: Goal;
}
