import type { LogMessage, NodeReport } from '@muster/contracts';

/** One message with its place in the log. Positions grow; they need not be dense and say nothing about revisions. */
export interface LogRecord {
  readonly position: string;
  readonly event: LogMessage;
}

export interface SubscribeOptions {
  /** Names the consumer: its place in the log is kept under this name, so it resumes there after a crash. */
  readonly consumer: string;
  /** Where a consumer without a kept place begins. */
  readonly from: 'beginning' | 'end';
  /**
   * Takes records in log order, one batch at a time; the place is kept once it has returned. It must be quick: it hands
   * the events over. What it throws ends the subscription with `onError`; the batch is delivered again after a restart.
   */
  readonly onRecords: (records: readonly LogRecord[]) => void | Promise<void>;
  /**
   * Events may have been missed: the connection was lost and is there again, or the log was reset, made anew or cut while the
   * subscription lived. Look.
   */
  readonly onReconnect?: () => void;
  /** A failure after which the subscription has ended, or a failed attempt (`fatal: false`) that is being retried. */
  readonly onError?: (error: Error, fatal: boolean) => void;
}

export interface Subscription {
  /** Ends it, waiting for a handler under way. A second call does nothing. */
  close(): Promise<void>;
}

/**
 * Where a subscription began: `resumed` at the place that its consumer had kept; `fresh` where nothing was kept; `lost` when
 * the log no longer holds what follows the kept place (retention, a log made anew): what lay between was missed.
 */
export interface SubscriptionStart {
  readonly kind: 'resumed' | 'fresh' | 'lost';
  /** For people: which place, and what the log holds. */
  readonly detail: string;
}

export interface EventSubscription extends Subscription {
  readonly began: SubscriptionStart;
}

export interface RelayOptions {
  /** Every failed attempt: the same failure is told again until it has passed. The relay goes on trying. */
  readonly onError?: (error: Error) => void;
}

/** What `health` tells: `detail` is for people. */
export interface LogHealth {
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * The ordered stream of `ExtensionChanged` events, and of what wakes nodes for their orders. The catalog's outbox is filled in the transaction that commits a
 * revision; an adapter brings it to consumers: in revision order, each at least once, repeats only as exact repeats.
 * It survives: writers that commit out of the order in which they began, rollbacks (never taken for a loss), a consumer's
 * crash, a broker or database that is away for a while.
 */
export interface EventLog {
  readonly kind: 'postgres' | 'kafka';
  subscribe(options: SubscribeOptions): Promise<EventSubscription>;
  /**
   * Ships the outbox to where consumers read, until closed; any number may run, one leads. Where consumers read the
   * outbox itself there is nothing to ship and the answer is a subscription that does nothing. What stands in the way of
   * shipping, at the start too, is told to `onError` and by `health`; it is not thrown.
   */
  relay(options?: RelayOptions): Promise<Subscription>;
  health(): Promise<LogHealth>;
  close(): Promise<void>;
}

/** A report with the time at which the log took it, by the log's own clock, as milliseconds since 1970. */
export interface ReceivedReport {
  readonly report: NodeReport;
  readonly receivedAtMs: number;
  /** The same clock when the report was handed over: the difference is its age, whatever this machine's clock says. */
  readonly readAtMs: number;
}

/** The stream of node reports: full snapshots keyed by node, the last one counts. */
export interface ReportLog {
  send(report: NodeReport): Promise<void>;
  /**
   * First the latest report of every node, then each as it comes. A slow reader may miss all but the latest of a node. What
   * `onReport` throws, and every failed attempt to read, is told to `onError`; the subscription goes on.
   */
  subscribe(
    onReport: (received: ReceivedReport) => void | Promise<void>,
    onError?: (error: Error) => void,
  ): Promise<Subscription>;
  close(): Promise<void>;
}
