import type { NodeAction, RevisionChange } from '@muster/contracts';
import type { Moments } from './stages.js';

/** What a node did for a change that the catalog asked for. */
export interface RecordedAction {
  readonly node: string;
  readonly extension: string;
  readonly outcome: NodeAction['outcome'];
  readonly moments: { readonly [Name in keyof Moments]?: number | null };
}

/** One revision with what is recorded of its way; times in ms by the clock of the database. */
export interface RevisionRecord {
  readonly revision: number;
  readonly actor: string;
  readonly committedAtMs: number;
  readonly publishedAtMs?: number;
  /** When every node that was expected then had proven it. */
  readonly convergedAtMs?: number;
  readonly traceparent?: string;
  readonly changes: readonly RevisionChange[];
  /** What nodes did for it, oldest first. */
  readonly actions: readonly RecordedAction[];
}
