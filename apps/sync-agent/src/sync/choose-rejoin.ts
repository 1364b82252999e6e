import type { SubscriptionStart } from '@muster/event-log';
import type { Rejoin } from '@muster/contracts';
import type { RevisionRef } from '@muster/node-storage';

/** Where the subscription to the log began, or how it went on since. `away`: the log did not answer when it began. */
export type LogPlace = SubscriptionStart | { readonly kind: 'away'; readonly detail: string };

/** What is known when a node comes back. */
export interface RejoinSight {
  /** What the storage was brought to last; absent: nothing yet. */
  readonly applied: RevisionRef | undefined;
  readonly head: RevisionRef;
  /** Absent: the log does not answer. */
  readonly began: LogPlace | undefined;
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
  if (began.kind === 'away') return `the log did not answer at first, and cannot tell ${next}: ${began.detail}`;
  // A broker that deletes a topic deletes the places in it: who was there before is as unknown to it as who never was.
  if (began.kind === 'fresh') {
    const why = 'it was never followed from here, or its topic or its offsets were deleted since';
    return `the log knows no place of this storage (${why}), and cannot tell ${next}: ${began.detail}`;
  }
  const most = `${maxChanges} (MUSTER_REJOIN_CHANGES)`;
  if (changes === undefined) return `absent for more changes than ${most}`;
  if (changes > maxChanges) return `absent for ${changes} changes, which is more than ${most}`;
  if (!vouched) return 'the digests of what this storage holds are missing: everything is hashed anyway';
  return undefined;
}
