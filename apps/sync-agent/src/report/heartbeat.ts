import { MusterError } from '@muster/contracts';
import type { Catalog } from '@muster/catalog';
import type { Logger } from 'pino';
import type { ActionJournal } from '../history/action-journal.js';
import type { Membership } from '../membership/membership.js';
import type { ProposalDesk } from '../proposal/proposal-desk.js';
import type { LookRequests } from '../sync/look-requests.js';
import { hasOrders, readOrders } from '../sync/orders.js';
import type { AgentState } from '../state/agent-state.js';
import type { ClockOffset } from './clock-offset.js';
import type { Reporter } from './reporter.js';

export interface HeartbeatOptions {
  readonly node: string;
  readonly catalog: Pick<Catalog, 'nodes'>;
  readonly membership: Membership;
  readonly reporter: Reporter;
  readonly requests: LookRequests;
  readonly proposals: Pick<ProposalDesk, 'isNews'>;
  readonly state: Pick<AgentState, 'paused' | 'catalogLost' | 'catalogBack'>;
  readonly clock: ClockOffset;
  readonly journal: ActionJournal;
  readonly logger: Logger;
  readonly everyMs: number;
  /** Told that another holds this node's id. */
  readonly lost: (error: MusterError) => void;
}

/** Says that this node lives: lengthens its lease, sends its report, and asks whether there are orders or proposals for it. */
export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;

  constructor(private readonly options: HeartbeatOptions) {}

  start(): void {
    this.timer = setInterval(() => {
      this.beating ??= this.beat().finally(() => (this.beating = undefined));
    }, this.options.everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
  }

  private async beat(): Promise<void> {
    const { node, catalog, membership, reporter, requests, proposals, state, clock, journal, logger, lost } =
      this.options;
    if (!membership.isMember) return;
    const sending = reporter.send();
    try {
      await membership.renew();
      const told = await clock.read(() => catalog.nodes.instructions(node));
      state.catalogBack();
      const isNews = told.paused?.since !== state.paused?.since;
      if (isNews || hasOrders(readOrders(told))) requests.ask({ reason: 'order' });
      if (proposals.isNews(told.proposals)) requests.ask({ reason: 'proposal' });
      void journal.flush();
    } catch (error) {
      if (error instanceof MusterError && error.code === 'database-away') state.catalogLost(error.message);
      if (error instanceof MusterError && error.code === 'node-id-in-use') lost(error);
      else logger.debug({ err: error }, 'the lease could not be lengthened; trying again');
    }
    await sending;
  }
}
