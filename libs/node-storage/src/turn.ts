import type { TurnWait } from '@muster/contracts';

export type { TurnWait } from '@muster/contracts';

/** What a hook is run for. */
export interface HookTarget {
  readonly extension: string;
  /** Of the zip that comes; absent for a removal. */
  readonly sha256?: string;
}

/** A change whose hook is to run on this node. */
export interface TurnChange extends HookTarget {
  /** This very package was deployed here before: no failure elsewhere keeps it from being put right. */
  readonly again: boolean;
}

/** What is asked for: the changes of one unit, whose hooks run in one turn. */
export interface TurnRequest {
  readonly changes: readonly TurnChange[];
  /** The head that this node follows. */
  readonly revision: number;
  readonly signal?: AbortSignal;
}

/** `barred` names those of the changes that must not be deployed here now; the others may be asked for without them. */
export type TurnAnswer =
  | { readonly kind: 'granted'; readonly turn: HeldTurn }
  | { readonly kind: 'waits'; readonly wait: TurnWait }
  | { readonly kind: 'barred'; readonly barred: ReadonlyMap<string, TurnWait> };

/** A hook that has failed. */
export interface TurnFailure extends HookTarget {
  readonly code: string;
  readonly detail: string;
}

/** The right to run hooks now, renewed until it is given back. None of this throws. */
export interface HeldTurn {
  /** Asked right before each hook: whether the turn is still this node's, and stays so until the hook's deadline. */
  confirm(target: HookTarget): Promise<boolean>;
  /** Before the turn is given back: whoever comes next must know. */
  failed(failure: TurnFailure): Promise<void>;
  release(): Promise<void>;
}

/**
 * Lets at most so many nodes run hooks at once. It is asked under the storage's lock, so that whoever asks speaks for the
 * node. It survives the death of a holder: an unrenewed turn expires, and what it was taken for counts as failed on that node
 * until the node says how it ended. Throws where the catalog is away.
 */
export interface DeployTurns {
  take(request: TurnRequest): Promise<TurnAnswer>;
}
