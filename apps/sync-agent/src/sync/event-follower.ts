import type { ExtensionChanged, OrdersGiven } from '@muster/contracts';
import type { EventLog, EventSubscription, LogRecord } from '@muster/event-log';
import type { Logger } from 'pino';
import type { HeardEvents } from '../history/heard-events.js';
import type { AgentState } from '../state/agent-state.js';
import { backoffMs } from './backoff.js';
import type { LogPlace } from './choose-rejoin.js';
import type { EventSequence } from './event-sequence.js';
import type { LookRequests } from './look-requests.js';

export interface EventFollowerOptions {
  readonly log: EventLog;
  readonly node: string;
  /** A consumer's place belongs to the storage, not to whoever bears the node's name. */
  readonly storageId: string;
  readonly sequence: EventSequence;
  readonly heard: HeardEvents;
  readonly state: AgentState;
  readonly requests: LookRequests;
  readonly driftPeriodMs: number;
  readonly logger: Logger;
}

/** A look does not wait longer than this for a log that does not answer. */
const PATIENCE_MS = 3_000;
const AGAIN = { firstMs: 1_000, maxMs: 30_000 };

/**
 * Hands events over: all that it does with one is to ask for a look. Where there is no subscription, or it has died, it is
 * made anew in the background; meanwhile the timer finds what changed, and a look is asked for as soon as one lives.
 */
export class EventFollower {
  private subscription: EventSubscription | undefined;
  private place: LogPlace | undefined;
  private attempt: Promise<void> | undefined;
  private failures = 0;
  /** Whether the latest attempt was told of a failure that it goes on trying to mend. */
  private trouble = false;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly options: EventFollowerOptions) {}

  /** Where the subscription began, or how it went on since; undefined while there is none. */
  get began(): LogPlace | undefined {
    return this.place;
  }

  /** The catalog was read and followed since it began so: what was missed before is in what was read. */
  caughtUp(began: LogPlace): void {
    if (this.place !== began || began.kind === 'resumed') return;
    this.place = { kind: 'resumed', detail: 'caught up by the catalog since it was followed' };
  }

  /** Resolves once it follows, or after a while when the log does not answer. Never throws. */
  async start(): Promise<void> {
    if (this.subscription !== undefined || this.closed) return;
    this.attempt ??= this.subscribe().finally(() => (this.attempt = undefined));
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([this.attempt, enough]).finally(() => clearTimeout(timer));
    if (this.subscription === undefined) this.away('it does not answer');
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.subscription?.close();
  }

  private async subscribe(): Promise<void> {
    const { log, node, storageId, requests } = this.options;
    clearTimeout(this.timer);
    this.trouble = false;
    const again = this.failures > 0;
    let ended: Error | undefined;
    let awayAtFirst: Error | undefined;
    try {
      const subscription = await log.subscribe({
        consumer: `agent:${node}:${storageId}`,
        // What came before is in the head, which the look after this reads.
        from: 'end',
        onRecords: (records) => this.take(records),
        onReconnect: () => this.reconnected(),
        onError: (error, fatal) => {
          if (fatal) ended = error;
          if (fatal && this.subscription !== undefined) this.lost(error);
          if (fatal) return;
          if (this.subscription === undefined) awayAtFirst = error;
          this.troubled(error);
        },
      });
      if (ended !== undefined) throw ended;
      if (this.closed) return await subscription.close();
      this.subscription = subscription;
      this.place = awayAtFirst === undefined ? subscription.began : { kind: 'away', detail: awayAtFirst.message };
      this.failures = 0;
      if (!this.trouble) this.follows(subscription.began.detail);
      if (again) requests.ask({ reason: 'reconnect' });
    } catch (error) {
      this.failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private failed(error: Error): void {
    this.failures += 1;
    this.away(error.message);
    if (this.closed) return;
    this.timer = setTimeout(() => void this.start(), backoffMs(this.failures, AGAIN));
    this.timer.unref();
  }

  /** The subscription has ended by itself. */
  private lost(error: Error): void {
    this.subscription = undefined;
    this.place = undefined;
    this.failed(error);
    this.options.requests.ask({ reason: 'outage' });
  }

  /** An attempt within a living subscription has failed: it goes on trying by itself. */
  private troubled(error: Error): void {
    this.trouble = true;
    if ('code' in error && error.code === 'log-reset') this.place = { kind: 'lost', detail: error.message };
    this.away(error.message);
  }

  private reconnected(): void {
    const { place } = this;
    const again = { kind: 'resumed', detail: 'the connection was lost and is there again' } as const;
    // What may have been missed counts until the look that makes up for it has ended.
    if (place === undefined || place.kind === 'resumed') this.place = again;
    this.follows(place?.kind === 'lost' ? place.detail : again.detail);
    this.options.requests.ask({ reason: 'reconnect' });
  }

  /** Said once for each outage, however often it is tried again. */
  private away(why: string): void {
    const { state, logger, driftPeriodMs } = this.options;
    const meanwhile = `changes are found by the timer meanwhile, every ${driftPeriodMs / 1_000} s`;
    if (state.told(false, `the event log cannot be followed: ${why}; ${meanwhile}`))
      logger.warn(`the event log cannot be followed: ${why}; trying again, and ${meanwhile}`);
    else logger.debug(`the event log cannot be followed yet: ${why}`);
  }

  private follows(detail: string): void {
    const { state, logger } = this.options;
    if (state.told(true, detail)) logger.info(`following the event log: ${detail}`);
  }

  private take(records: readonly LogRecord[]): void {
    if (this.options.state.eventLog?.following === false) this.follows('its events come again');
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
    const { sequence, requests, state, node, logger, heard } = this.options;
    const { extension, revision, replayId, traceparent } = event;
    const meaning = sequence.take(event);
    if (replayId === undefined) heard.hear(event);
    logger.debug({ extension, revision, traceparent, replayId }, `event log: ${meaning} at revision ${revision}`);
    if (meaning === 'repeat') {
      // The other changes of a revision whose first is known already: shown as waiting, not looked for again.
      if (revision > state.applied.revision) state.announce(extension, revision);
      return;
    }
    if (meaning === 'replay' && replayId !== undefined) {
      if (event.nodes !== undefined && !event.nodes.includes(node)) return;
      requests.ask({ reason: 'replayed', replayed: { replayId, extension } });
      return;
    }
    if (meaning !== 'next')
      logger.info({ extension, revision }, `event log: ${meaning} at revision ${revision}; looking`);
    if (revision > state.applied.revision) state.announce(extension, revision);
    requests.ask({ reason: 'event' });
  }
}
