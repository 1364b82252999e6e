import type { SubscriptionStart } from '@muster/event-log';
import type { Rejoin } from '@muster/contracts';
import type { RevisionRef } from '@muster/node-storage';

/** What is known when a node comes back. */
export interface RejoinSight {
  /** What the storage was brought to last; absent: nothing yet. */
  readonly applied: RevisionRef | undefined;
  readonly head: RevisionRef;
  /** Where the subscription to the log began; absent: the log does not answer. */
  readonly began: SubscriptionStart | undefined;
  /** Changes committed since, as far as they were counted; absent: they were not. */
  readonly changes: number | undefined;
  readonly maxChanges: number;
  /** A fork was ended by an order just now. */
  readonly accepted: boolean;
  /** Whether the storage knows digests of what it holds. */
  readonly vouched: boolean;
}

export type RejoinChoice = Pick<Rejoin, 'way' | 'reason'>;

/** The tail of the log only where everything that could have been missed is known; else a snapshot. Pure. */
export function chooseRejoin(sight: RejoinSight): RejoinChoice {
  const because = whySnapshot(sight);
  if (because !== undefined) return { way: 'snapshot', reason: because };
  const { applied, head, began } = sight;
  const from = applied?.revision ?? 0;
  const between = from === head.revision ? 'none' : `revisions ${from + 1} to ${head.revision}`;
  const reason = `absent for ${sight.changes ?? 0} changes (${between}), and the log goes on from there: ${began?.detail ?? ''}`;
  return { way: 'log-tail', reason };
}

function whySnapshot(sight: RejoinSight): string | undefined {
  const { applied, head, began, changes, maxChanges, accepted, vouched } = sight;
  if (accepted) return `the catalog ${head.catalogId} was accepted after a fork`;
  if (applied === undefined) return 'first start: this storage was never brought to a revision';
  const next = `what follows revision ${applied.revision}`;
  if (began === undefined) return `the log does not answer, and cannot tell ${next}`;
  if (began.kind === 'lost') return `the log no longer holds ${next}: ${began.detail}`;
  if (began.kind === 'fresh') return `the log knows no place of this storage, and cannot tell ${next}: ${began.detail}`;
  if (changes === undefined || changes > maxChanges) {
    const count = changes === undefined ? `more than ${maxChanges}` : String(changes);
    return `absent for ${count} changes, which is more than ${maxChanges} (MUSTER_REJOIN_CHANGES)`;
  }
  if (!vouched) return 'the digests of what this storage holds are missing: everything is hashed anyway';
  return undefined;
}
