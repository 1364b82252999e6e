import type { ExtensionChanged, OrdersGiven } from '@muster/contracts';
import type { EventLog, LogRecord, Subscription } from '@muster/event-log';
import type { Logger } from 'pino';
import type { AgentState } from '../state/agent-state.js';
import type { EventSequence } from './event-sequence.js';
import type { LookRequests } from './look-requests.js';

export interface EventFollowerOptions {
  readonly log: EventLog;
  readonly node: string;
  /** A consumer's place belongs to the storage, not to whoever bears the node's name. */
  readonly storageId: string;
  readonly sequence: EventSequence;
  readonly state: AgentState;
  readonly requests: LookRequests;
  readonly logger: Logger;
}

/** Hands events over: all that it does with one is to ask for a look. Where its subscription has died, `start` begins anew. */
export class EventFollower {
  private subscription: Subscription | undefined;
  private ended = false;

  constructor(private readonly options: EventFollowerOptions) {}

  /** Does nothing while a subscription lives. Throws where the log does not answer. */
  async start(): Promise<void> {
    if (this.subscription !== undefined && !this.ended) return;
    const { log, node, storageId, requests } = this.options;
    this.ended = false;
    this.subscription = await log.subscribe({
      consumer: `agent:${node}:${storageId}`,
      // What came before is in the head, which the first look reads.
      from: 'end',
      onRecords: (records) => this.take(records),
      onReconnect: () => requests.ask({ reason: 'reconnect' }),
      onError: (error, fatal) => this.failed(error, fatal),
    });
  }

  async close(): Promise<void> {
    await this.subscription?.close();
  }

  private take(records: readonly LogRecord[]): void {
    for (const { event } of records) {
      if (event.type === 'ExtensionChanged') this.takeOne(event);
      else this.takeOrders(event);
    }
  }

  private takeOrders({ nodes }: OrdersGiven): void {
    const { requests, node } = this.options;
    if (nodes === undefined || nodes.includes(node)) requests.ask({ reason: 'order' });
  }

  private takeOne(event: ExtensionChanged): void {
    const { sequence, requests, state, node, logger } = this.options;
    const meaning = sequence.take(event);
    if (meaning === 'repeat') {
      // The other changes of a revision whose first is known already: shown as waiting, not looked for again.
      if (event.revision > state.applied.revision) state.announce(event.extension, event.revision);
      return;
    }
    if (meaning === 'replay') {
      if (event.nodes !== undefined && !event.nodes.includes(node)) return;
      requests.ask({ reason: 'event', verify: new Set([event.extension]), retry: new Set([event.extension]) });
      return;
    }
    const { extension, revision } = event;
    if (meaning !== 'next')
      logger.info({ extension, revision }, `event log: ${meaning} at revision ${revision}; looking`);
    if (revision > state.applied.revision) state.announce(extension, revision);
    requests.ask({ reason: 'event' });
  }

  private failed(error: Error, fatal: boolean): void {
    const { logger, requests } = this.options;
    if (!fatal) return logger.debug({ err: error }, 'the event log does not answer; trying again');
    this.ended = true;
    logger.warn({ err: error }, `the subscription to the event log has ended: ${error.message}; beginning anew`);
    requests.ask({ reason: 'outage' });
  }
}
