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
  const missed = missedSince(applied?.revision ?? 0, head.revision, sight.changes ?? 0);
  const reason = `${missed}, and the log goes on from there: ${began?.detail ?? ''}`;
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
  if (changes === undefined || changes > maxChanges) {
    const missed =
      changes === undefined ? whatWasMissedBeyond(maxChanges) : `${counted(changes)} ${wasOrWere(changes)} missed`;
    const most = maxChanges === 0 ? 'none is followed one by one' : `at most ${maxChanges} are followed one by one`;
    return `${missed}; ${most} (MUSTER_REJOIN_CHANGES)`;
  }
  if (!vouched) return 'the digests of what this storage holds are missing: everything is hashed anyway';
  return undefined;
}

function missedSince(from: number, to: number, changes: number): string {
  if (from === to) return 'nothing was missed';
  const between = to === from + 1 ? `revision ${to}` : `revisions ${from + 1} to ${to}`;
  return `${counted(changes)} ${wasOrWere(changes)} missed (${between})`;
}

/** Counting ended there. */
function whatWasMissedBeyond(maxChanges: number): string {
  return maxChanges === 0 ? 'changes were missed' : `more than ${counted(maxChanges)} ${wasOrWere(maxChanges)} missed`;
}

function counted(changes: number): string {
  return changes === 1 ? '1 change' : `${changes} changes`;
}

function wasOrWere(changes: number): string {
  return changes === 1 ? 'was' : 'were';
}
