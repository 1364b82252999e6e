import { EventLogError } from '../event-log-error.js';
import type { ReceivedReport, Subscription } from '../port.js';
import { Backoff } from './backoff.js';
import type { NodeReportStore } from './node-report-store.js';
import type { Tuning } from './options.js';
import { Wakeup } from './wakeup.js';

/** Reports are small or, with a thousand extensions, half a megabyte: so few at a time. */
const NODES_PER_READ = 16;

/**
 * One reader of the reports: it remembers the mark of the last report that it gave of each node, and gives what differs.
 * Between two looks a node's reports fall together into the latest.
 */
export class ReportSubscription implements Subscription {
  private readonly wakeup = new Wakeup();
  private readonly backoff: Backoff;
  private readonly given = new Map<string, string>();
  private notified = new Set<string>();
  private lookAtAll = true;
  private closed = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly onReport: (received: ReceivedReport) => void | Promise<void>,
    private readonly onError: (error: Error) => void,
    private readonly store: NodeReportStore,
    private readonly tuning: Tuning,
    private readonly onEnded: (subscription: ReportSubscription) => void,
  ) {
    this.backoff = new Backoff(tuning.retryFirstMs, tuning.retryMaxMs);
  }

  start(): void {
    this.running ??= this.run();
  }

  notify(node: string): void {
    this.notified.add(node);
    this.wakeup.ring();
  }

  /** Notifications may have been missed. */
  look(): void {
    this.lookAtAll = true;
    this.wakeup.ring();
  }

  failedAttempt(error: Error): void {
    this.lookAtAll = true;
    this.onError(error);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wakeup.ring();
    await this.running;
  }

  private async run(): Promise<void> {
    let nextLookAt = 0;
    while (!this.closed) {
      if (performance.now() >= nextLookAt) this.lookAtAll = true;
      try {
        if (this.lookAtAll) nextLookAt = performance.now() + this.tuning.pollIntervalMs;
        await this.giveWhatIsNew();
        this.backoff.reset();
        await this.wakeup.wait(Math.max(0, nextLookAt - performance.now()));
      } catch (error) {
        this.failedAttempt(error as Error);
        await this.wakeup.wait(this.backoff.nextMs());
      }
    }
    this.onEnded(this);
  }

  private async giveWhatIsNew(): Promise<void> {
    const nodes = [...(await this.candidates())];
    for (let at = 0; at < nodes.length && !this.closed; at += NODES_PER_READ) {
      for (const stored of await this.store.read(nodes.slice(at, at + NODES_PER_READ))) {
        if (this.closed) return;
        if (this.given.get(stored.node) === stored.mark) continue;
        this.given.set(stored.node, stored.mark);
        await this.give(stored.received);
      }
    }
  }

  private async candidates(): Promise<Set<string>> {
    const notified = this.notified;
    this.notified = new Set();
    if (!this.lookAtAll) return notified;
    const marks = await this.store.marks();
    this.lookAtAll = false;
    for (const node of this.given.keys()) if (!marks.has(node)) this.given.delete(node);
    return new Set([...marks].filter(([node, mark]) => this.given.get(node) !== mark).map(([node]) => node));
  }

  /** One report that the handler cannot take must not keep the others from it. */
  private async give(received: ReceivedReport | EventLogError): Promise<void> {
    if (received instanceof EventLogError) return this.onError(received);
    try {
      await this.onReport(received);
    } catch (error) {
      this.onError(error as Error);
    }
  }
}
