import { areAllReady, CatalogError, type Catalog, type Committed, type OutboxOptions } from '@muster/catalog';
import { MusterError, type ImportResult, type ProposalView } from '@muster/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { notAllReady, proposalCalledOff, proposalLeft } from '../../problems/proposal-problems.js';
import { clientGone } from '../../upload/receive-upload.js';
import type { Attempt } from '../attempt.js';
import { CommitWasRefused, commitRevision } from '../commit-revision.js';
import { outcomeUnknown } from '../outcome-unknown.js';
import type { Proposed } from './proposer.js';

export interface ActivationParts {
  readonly revisions: Pick<Catalog['revisions'], 'commit'>;
  readonly proposals: Pick<Catalog['proposals'], 'find' | 'void'>;
  readonly outbox: OutboxOptions;
  readonly settleTimeoutMs: number;
  /** Aborted when this service stops: nobody would wait for the nodes any more. */
  readonly stopping: AbortSignal;
  readonly logger: Logger;
}

/** Between two looks at who is ready. */
const POLL_MS = 100;

/** Waits until every node is ready for a proposal and makes it a revision; or else sees to it that it comes to nothing. */
export class Activation {
  constructor(private readonly parts: ActivationParts) {}

  /** Throws why it came to nothing; nothing was changed anywhere then. */
  async conclude(proposed: Proposed, attempt: Attempt): Promise<ImportResult> {
    const committed = await this.waitAndCommit(proposed, attempt);
    attempt.revision = committed.revision;
    return proposed.answer(committed);
  }

  private async waitAndCommit(proposed: Proposed, attempt: Attempt): Promise<Committed> {
    attempt.clock.enter('ready');
    const givesUpAt = performance.now() + proposed.deadlineMs + this.parts.settleTimeoutMs;
    try {
      for (;;) {
        const view = await this.look(proposed, givesUpAt);
        if (view !== undefined && areAllReady(view.nodes)) {
          const committed = await this.commit(proposed, attempt);
          if (committed !== undefined) return committed;
        }
        await this.pause(proposed, attempt);
      }
    } catch (error) {
      if (!isUnknown(error)) await this.callOff(proposed, error);
      throw error;
    }
  }

  /** Undefined while the database is away: by its clock the deadline goes on, and what was ready stays so. */
  private async look({ id, deadlineMs }: Proposed, givesUpAt: number): Promise<ProposalView | undefined> {
    try {
      const view = await this.parts.proposals.find(id);
      if (view === undefined) throw proposalCalledOff({ id, reason: 'it is not in the catalog any more', nodes: [] });
      if (view.state !== 'void') return view;
      throw view.settledAt === undefined ? notAllReady(view, deadlineMs) : proposalCalledOff(view);
    } catch (error) {
      if (!isAway(error) || performance.now() > givesUpAt) throw error;
      return undefined;
    }
  }

  /** Undefined where a node was not ready any more at the last moment, or the database did not answer before anything was sent. */
  private async commit({ draft, purpose }: Proposed, { clock }: Attempt): Promise<Committed | undefined> {
    const { revisions, settleTimeoutMs } = this.parts;
    clock.enter('commit');
    try {
      const committed = await commitRevision(revisions, draft, settleTimeoutMs);
      if (committed === undefined) throw outcomeUnknown(purpose);
      return committed;
    } catch (error) {
      const isLost = error instanceof CommitWasRefused && LOST_AT_THE_LAST_MOMENT.has(error.code);
      if (!isLost && !isAway(error)) throw error;
      clock.enter('ready');
      return undefined;
    }
  }

  private async pause({ id }: Proposed, { asker: { signal } }: Attempt): Promise<void> {
    const { stopping } = this.parts;
    await delay(POLL_MS, undefined, { signal: AbortSignal.any([signal, stopping]) }).catch(() => undefined);
    if (signal.aborted) throw clientGone();
    if (stopping.aborted) throw proposalLeft(id);
  }

  /** Past its deadline it is void anyway; until then nodes would keep what they have staged. */
  private async callOff({ id }: Proposed, error: unknown): Promise<void> {
    const { proposals, outbox, logger } = this.parts;
    const reason = error instanceof MusterError ? error.message : 'the service failed';
    try {
      await proposals.void(id, reason, outbox);
    } catch (failure) {
      logger.warn({ err: failure, proposal: id }, 'the proposal could not be called off; it ends at its deadline');
    }
  }
}

/** The next look says what has become of it. */
const LOST_AT_THE_LAST_MOMENT = new Set(['proposal-not-ready', 'proposal-void']);

function isAway(error: unknown): boolean {
  return error instanceof CatalogError && error.code === 'database-away';
}

/** It may have been activated. */
function isUnknown(error: unknown): boolean {
  return error instanceof MusterError && error.code === 'outcome-unknown';
}
