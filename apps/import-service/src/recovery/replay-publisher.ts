import type { Catalog, OutboxOptions } from '@muster/catalog';
import type { Logger } from 'pino';

export interface ReplayPublisherParts {
  readonly replays: Pick<Catalog['replays'], 'unfinished' | 'publish'>;
  readonly outbox: OutboxOptions;
  /** How often it looks for what another service left unfinished. */
  readonly periodMs: number;
  readonly logger: Logger;
}

/**
 * Brings the events of replays into the outbox, batch by batch; commits of imports get the lock in between. Whatever one service
 * left unfinished another one goes on with.
 */
export class ReplayPublisher {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private closed = false;
  private failing = false;

  constructor(private readonly parts: ReplayPublisherParts) {}

  /** There may be something to publish. */
  wake(): void {
    if (this.closed) return;
    this.again = true;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      if (this.again) this.wake();
      else if (!this.closed) this.timer = setTimeout(() => this.wake(), this.parts.periodMs).unref();
    });
  }

  /** Waits for the batch under way. */
  async close(): Promise<void> {
    this.closed = true;
    this.again = false;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    this.again = false;
    try {
      for (const id of await this.parts.replays.unfinished()) await this.publish(id);
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.parts.logger.warn({ err: error }, 'events of a replay were not published; trying again');
      this.failing = true;
    }
  }

  private async publish(id: string): Promise<void> {
    const { replays, outbox } = this.parts;
    let count: number;
    do {
      if (this.closed) return;
      count = await replays.publish(id, outbox);
    } while (count > 0);
  }
}
