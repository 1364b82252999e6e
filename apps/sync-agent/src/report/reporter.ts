import type { NodeReport } from '@muster/contracts';
import type { ReportLog } from '@muster/event-log';
import type { Logger } from 'pino';

export interface ReporterOptions {
  readonly reports: Pick<ReportLog, 'send'>;
  /** The snapshot of this very moment, with the next number. */
  readonly build: (seq: number) => NodeReport;
  /** False while this node may not speak: before it has enrolled. */
  readonly maySend: () => boolean;
  readonly logger: Logger;
  /** Told how long a report took to be taken. */
  readonly sent?: (durationMs: number) => void;
}

/** Progress is gathered for this long: about ten reports a second at most. */
const GATHER_MS = 100;
const RETRY_MS = 1_000;
const SEND_TIMEOUT_MS = 10_000;

/**
 * Sends full snapshots, one at a time. `note` gathers small changes; `send` goes at once, for proofs. Whatever changes while
 * one is on its way is in the next, which always follows; one that failed is replaced by a newer one, never repeated.
 */
export class Reporter {
  private seq = 0;
  private due = false;
  private sending: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failing = false;
  private closed = false;

  constructor(private readonly options: ReporterOptions) {}

  get lastSeq(): number {
    return this.seq;
  }

  note(): void {
    this.schedule(GATHER_MS);
  }

  /** Resolves when a snapshot not older than this call was taken, or the attempt has failed. */
  send(): Promise<void> {
    this.due = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending ??= this.pump().finally(() => {
      this.sending = undefined;
      // Asked for after the last turn of the pump and before its end.
      if (this.due && !this.closed && this.options.maySend()) void this.send();
    });
    return this.sending;
  }

  /** The last word: after it nothing is sent any more. */
  async close(): Promise<void> {
    await this.sending;
    await this.send();
    this.closed = true;
    clearTimeout(this.timer);
  }

  private schedule(delayMs: number): void {
    if (this.closed) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.send();
    }, delayMs);
  }

  private async pump(): Promise<void> {
    while (this.due && !this.closed && this.options.maySend()) {
      this.due = false;
      const startedAt = performance.now();
      try {
        await within(this.options.reports.send(this.options.build(++this.seq)), SEND_TIMEOUT_MS);
        this.options.sent?.(performance.now() - startedAt);
        if (this.failing) this.options.logger.info('reports are taken again');
        this.failing = false;
      } catch (error) {
        if (!this.failing)
          this.options.logger.warn({ err: error }, `reports are not taken: ${String(error)}; trying again`);
        this.failing = true;
        this.schedule(RETRY_MS);
        return;
      }
    }
  }
}

async function within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the report was not taken within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
