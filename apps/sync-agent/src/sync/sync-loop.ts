import { setTimeout as pause } from 'node:timers/promises';
import type { Catalog } from '@muster/catalog';
import { MusterError } from '@muster/contracts';
import type { NodeStorage } from '@muster/node-storage';
import type { Logger } from 'pino';
import type { EntityShelf } from '../api/entity-shelf.js';
import type { AgentMetrics } from '../agent-metrics.js';
import type { Membership } from '../membership/membership.js';
import type { AgentState } from '../state/agent-state.js';
import { backoffMs } from './backoff.js';
import type { EventFollower } from './event-follower.js';
import type { Look, LookOutcome } from './look.js';
import type { CoalescedLook, LookRequests } from './look-requests.js';
import { stopped } from './stopped.js';
import type { ParkedLedger } from './parked-ledger.js';

export interface SyncLoopOptions {
  readonly catalog: Pick<Catalog, 'checkSchema' | 'head' | 'chainAt'>;
  readonly storage: Pick<NodeStorage, 'findFork' | 'clean'>;
  readonly membership: Membership;
  readonly follower: EventFollower;
  readonly requests: LookRequests;
  readonly look: Look;
  readonly state: AgentState;
  readonly parked: ParkedLedger;
  readonly shelf: EntityShelf;
  readonly metrics: AgentMetrics;
  readonly logger: Logger;
  readonly driftPeriodMs: number;
}

/** Between looks that could not be made: an outage is waited out, however long it takes. */
const OUTAGE = { firstMs: 250, maxMs: 5_000 };
const FATAL = new Set(['node-id-in-use', 'node-login']);

/** Makes one look after another, whoever asked for it. Outages are survived; only a lost id ends it. */
export class SyncLoop {
  private retryTimer: NodeJS.Timeout | undefined;
  private driftTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SyncLoopOptions) {}

  /** Until the signal is aborted. Throws `node-id-in-use` or `node-login`. */
  async run(signal: AbortSignal): Promise<void> {
    const { requests, driftPeriodMs } = this.options;
    requests.ask({ reason: 'start' });
    this.driftTimer = setInterval(() => requests.ask({ reason: 'timer' }), driftPeriodMs);
    try {
      let failures = 0;
      for (let asked = await requests.next(signal); asked !== undefined; asked = await requests.next(signal)) {
        failures = (await this.lookOnce(asked, signal)) ? 0 : failures + 1;
        if (failures > 0) await pause(backoffMs(failures, OUTAGE), undefined, { signal }).catch(() => undefined);
      }
    } finally {
      clearInterval(this.driftTimer);
      clearTimeout(this.retryTimer);
    }
  }

  /** False where it came to nothing and is to be made again. */
  private async lookOnce(asked: CoalescedLook, signal: AbortSignal): Promise<boolean> {
    const { requests, look, metrics } = this.options;
    for (const reason of asked.reasons) metrics.looks.inc({ reason });
    try {
      const begun = new AbortController();
      await Promise.race([this.prepare(), stopped(signal, begun.signal)]).finally(() => begun.abort());
      const outcome = await look.run(asked, signal);
      this.after(asked, outcome);
      return outcome !== 'stuck';
    } catch (error) {
      if (signal.aborted) return true;
      if (error instanceof MusterError && FATAL.has(error.code)) throw error;
      this.failed(error);
      requests.restore(asked);
      return false;
    }
  }

  /** Before the first look, and again after an outage: the schema, the node's id, the log. */
  private async prepare(): Promise<void> {
    const { catalog, storage, membership, follower } = this.options;
    if (!membership.isMember) {
      await catalog.checkSchema();
      const fork = await storage.findFork(catalog, { thorough: true });
      await membership.join(fork !== undefined);
    }
    if (membership.isMember) await follower.start();
  }

  private after(asked: CoalescedLook, outcome: LookOutcome): void {
    const { requests, parked, logger, storage } = this.options;
    if (outcome === 'more' || outcome === 'stuck') requests.ask({ reason: 'continue' });
    if (outcome === 'ordered') requests.ask({ reason: 'order' });
    if (outcome === 'stuck') logger.error('the plan has steps that come to nothing; trying again');
    void this.options.shelf.load();
    clearTimeout(this.retryTimer);
    // While it is paused nothing is tried again.
    const dueMs = outcome === 'paused' ? undefined : parked.nextDueMs();
    if (dueMs !== undefined) {
      this.retryTimer = setTimeout(() => requests.ask({ reason: 'retry' }), Math.max(10, dueMs - Date.now()));
    }
    if (!asked.reasons.has('start') && !asked.reasons.has('timer')) return;
    void storage.clean().then(
      (gone) => gone.length > 0 && logger.info({ gone }, `removed what ${gone.length} dead processes left`),
      (error: unknown) => logger.warn({ err: error }, 'what dead processes left could not be removed'),
    );
  }

  private failed(error: unknown): void {
    const { state, logger, metrics } = this.options;
    const known = error instanceof MusterError;
    const text = known ? error.message : String(error);
    metrics.failedLooks.inc({ code: known ? error.code : 'unexpected' });
    if (known && error.code === 'database-away') state.catalogLost(error.message);
    const news = state.phase !== 'forked' && state.reason !== text;
    if (state.phase !== 'forked') state.reason = text;
    state.changed();
    if (!news) return;
    if (known) logger.warn({ code: error.code }, `cannot follow the catalog now; what is here is kept: ${text}`);
    else logger.error({ err: error }, `a look failed: ${text}`);
  }
}
