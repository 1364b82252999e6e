import type { Hold, TurnWait } from '@muster/contracts';
import type { ApplyResult, LocalState, ParkedTarget, Plan, WantedState } from '@muster/node-storage';
import type { Names } from './look-requests.js';

/** What a look has found, before it changes anything. */
export interface Scene {
  readonly wanted: WantedState;
  readonly local: LocalState;
  /** What is not to be tried now, if these are tried whether they are due or not. */
  readonly notDue: (retry: Names) => readonly ParkedTarget[];
}

/** What a look leaves behind: nothing is left to be done but what is held back, unless the node is paused. */
export interface Ending {
  readonly wanted: WantedState;
  readonly held: Plan['held'];
  /** Why some of it waits for other nodes. */
  readonly turns: ReadonlyMap<string, TurnWait>;
  /** Set where the node may change nothing: what differs was left as it is. */
  readonly paused?: Hold;
}

/** What came of the steps of one look. */
export type Taken = Pick<ApplyResult, 'applied' | 'parked' | 'held' | 'fetchedBytes'>;

/** An order while it is carried out, over as many looks as it takes. It is open in the catalog until its result is told. */
export interface Errand {
  readonly id: string;
  /** What is hashed whole in the next look. */
  verify(): Names;
  /** What is tried though it is not due: once for each order. */
  retry(parked: readonly string[]): ReadonlySet<string>;
  /** These were tried in this look, with this result. */
  took(taken: Taken): void;
  /** What the asker is told. */
  result(ending: Ending): Record<string, unknown>;
}

export function isNamed(names: Names, name: string): boolean {
  return names === 'all' || names.has(name);
}
