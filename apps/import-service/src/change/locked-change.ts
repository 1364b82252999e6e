import type { Catalog, Committed, DraftChange, RevisionDraft } from '@muster/catalog';
import {
  ApplyFailed,
  type ApplyOptions,
  type CommitOutcome,
  type HeldLock,
  type WantedState,
} from '@muster/node-storage';
import type { StepName } from '../problems/refusal.js';
import { clientGone } from '../upload/receive-upload.js';
import type { Attempt } from './attempt.js';
import { CommitWasRefused, commitRevision } from './commit-revision.js';
import type { HoldGate } from './hold-gate.js';
import type { OriginNode } from './origin-node.js';
import { outcomeUnknown } from './outcome-unknown.js';

/** What is to be done, planned against one state of the catalog. */
export interface PlannedChange {
  readonly kind: 'change';
  /** The head plus this change. */
  readonly wanted: WantedState;
  readonly draft: RevisionDraft;
  readonly apply?: Pick<ApplyOptions, 'staged' | 'sources' | 'catalog'>;
}

/** There is nothing to do any more. */
export interface NothingToDo<T> {
  readonly kind: 'nothing';
  readonly answer: T;
}

export interface ChangeOrder<T> {
  /** The extensions that change. */
  readonly names: readonly string[];
  /** Names of others that they need. */
  readonly needs: readonly string[];
  readonly purpose: string;
  readonly hookStep: Extract<StepName, 'deploy' | 'undeploy'>;
  /** Plans against the catalog as it is now; throws where the catalog does not take the change. */
  readonly plan: () => Promise<PlannedChange | NothingToDo<T>>;
  readonly answer: (committed: Committed) => T;
}

export interface LockedChangeOptions {
  readonly origin: OriginNode;
  readonly gate: HoldGate;
  readonly revisions: Catalog['revisions'];
  readonly lockTimeoutMs: number;
  readonly settleTimeoutMs: number;
  /** Whether consumers read the outbox itself, so that what is committed is published. */
  readonly published: boolean;
}

/**
 * What an import, a roll back and a removal have in common, in this order: the storage's lock → not held → not forked → the
 * origin at head → plan again → stage, switch, hook → commit. A commit that ran into another one is backed out and planned once more.
 */
export class LockedChange {
  constructor(private readonly options: LockedChangeOptions) {}

  async run<T>(order: ChangeOrder<T>, attempt: Attempt): Promise<T> {
    const { origin, lockTimeoutMs } = this.options;
    attempt.clock.enter('lock');
    return origin.storage.lock.withLock(order.purpose, (held) => this.underLock(order, attempt, held), {
      timeoutMs: lockTimeoutMs,
    });
  }

  private async underLock<T>(order: ChangeOrder<T>, attempt: Attempt, held: HeldLock): Promise<T> {
    let lost: { readonly expected: string; readonly failure: ApplyFailed } | undefined;
    for (;;) {
      await this.prepareNode(order, attempt, held);
      attempt.clock.enter('plan');
      const planned = await order.plan();
      if (planned.kind === 'nothing') return planned.answer;
      const expected = expectedBy(planned.draft);
      if (lost !== undefined && lost.expected !== expected) throw lost.failure;
      try {
        const committed = await this.make(order, planned, attempt, held);
        attempt.revision = committed.revision;
        return order.answer(committed);
      } catch (error) {
        if (lost !== undefined || !isConflict(error)) throw error;
        lost = { expected, failure: error };
        attempt.undone.push(...error.undone);
      }
    }
  }

  private async prepareNode<T>(order: ChangeOrder<T>, attempt: Attempt, held: HeldLock): Promise<void> {
    const { origin, gate } = this.options;
    attempt.clock.enter('origin');
    if (attempt.asker.signal.aborted) throw clientGone();
    await gate.refuseHeld();
    await origin.refuseForked();
    await origin.bringToHead(held, order.names, order.needs, attempt.asker.signal);
  }

  private async make<T>(
    order: ChangeOrder<T>,
    planned: PlannedChange,
    { clock, asker: { signal } }: Attempt,
    held: HeldLock,
  ): Promise<Committed> {
    const { origin, revisions, settleTimeoutMs, published } = this.options;
    let committed: Committed | undefined;
    const commit = async (): Promise<CommitOutcome> => {
      if (signal.aborted) throw clientGone();
      clock.enter('commit');
      committed = await commitRevision(revisions, { ...planned.draft, published }, settleTimeoutMs);
      if (committed === undefined) return { kind: 'outcome-unknown' };
      const { revision, chain } = committed;
      return { kind: 'committed', ref: { catalogId: planned.wanted.catalogId, revision, chain } };
    };
    clock.enter('stage');
    await origin.apply({
      held,
      wanted: planned.wanted,
      only: new Set(planned.draft.changes.map(nameOf)),
      policy: { kind: 'back-out', expectedRevision: planned.wanted.revision + 1, commit },
      signal,
      ...planned.apply,
      observe: ({ state }) => {
        if (state === 'installing' || state === 'removing') clock.enter('switch');
        if (state === 'deploying') clock.enter(order.hookStep);
      },
    });
    if (committed === undefined) throw outcomeUnknown(order.purpose);
    return committed;
  }
}

function isConflict(error: unknown): error is ApplyFailed {
  return error instanceof ApplyFailed && error.cause instanceof CommitWasRefused && error.code === 'conflict';
}

function nameOf(change: DraftChange): string {
  return change.action === 'remove' ? change.extension : change.package.metadata.name;
}

/** What the draft assumes of each extension that it changes: the package that is current. */
function expectedBy({ changes }: RevisionDraft): string {
  return JSON.stringify(changes.map((change) => [nameOf(change), change.expected]).toSorted());
}
