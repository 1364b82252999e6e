import type { HeldLock, LocalState } from '@muster/node-storage';
import type { CoalescedLook } from './look-requests.js';

/** What one look has in hand, all of it read after the lock was granted. */
export interface Sighting {
  readonly asked: CoalescedLook;
  readonly held: HeldLock;
  readonly local: LocalState;
  /** What the look before has found, in this process. */
  readonly before: LocalState | undefined;
  /** `performance.now()` when looking at the disk began. */
  readonly lookedAt: number;
  readonly signal: AbortSignal;
}
