import { setTimeout as delay } from 'node:timers/promises';
import { proposalViewSchema, type ProposalView } from '@muster/contracts';
import { Deadline } from '../deadline.js';
import { Failure } from '../failure.js';
import type { Session } from '../session.js';

const POLL_MS = 250;
const ANSWER_MS = 5_000;

export interface Watched {
  /** Another one with each attempt to import. */
  readonly id: () => string;
  /** Whether it can be there by now: nothing is proposed before all bytes have been sent. */
  readonly mayBeThere: () => boolean;
  readonly show: (view: ProposalView) => void;
}

/**
 * Looks at a proposal again and again until it is ended. What its import is answered is what counts: a look that fails, or that
 * finds nothing, is only missing.
 */
export class ProposalWatch {
  private readonly ended = new AbortController();
  private readonly signal: AbortSignal;
  private readonly running: Promise<void>;

  constructor(
    private readonly session: Session,
    private readonly watched: Watched,
  ) {
    this.signal = AbortSignal.any([session.world.interrupt, this.ended.signal]);
    this.running = this.run();
    // A fault of ours is told by `end`.
    this.running.catch(() => undefined);
  }

  async end(): Promise<void> {
    this.ended.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.signal.aborted) {
      if (this.watched.mayBeThere()) await this.look();
      await delay(POLL_MS, undefined, { signal: this.signal }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    try {
      const view = await findProposal(this.session, this.watched.id(), new Deadline(ANSWER_MS, this.signal));
      if (!this.signal.aborted) this.watched.show(view);
    } catch (error) {
      if (!(error instanceof Failure) && !this.signal.aborted) throw error;
    }
  }
}

/** @throws Failure `proposal-unknown` where there is none of that id */
export function findProposal(session: Session, id: string, deadline?: Deadline): Promise<ProposalView> {
  return session.ask(proposalViewSchema, {
    service: 'import-service',
    path: ['proposals', id],
    thing: `the proposal ${id}`,
    ...(deadline && { deadline }),
  });
}
