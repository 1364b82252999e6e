import type { Catalog, OutboxOptions } from '@muster/catalog';
import type { Logger } from 'pino';

export interface HousekeepingOptions {
  readonly catalog: Pick<Catalog, 'blobs' | 'oldRecords' | 'proposals'>;
  readonly outbox: OutboxOptions;
  readonly logger: Logger;
  readonly periodMs: number;
  /** How long it is remembered what nodes did, and who was refused. */
  readonly historyMs: number;
}

/** Lets go, now and then, of zips that nobody can ask for any more and of old history. `close` waits for what is under way. */
export class Housekeeping {
  private readonly timer: NodeJS.Timeout;
  private running: Promise<void> | undefined;

  constructor(private readonly options: HousekeepingOptions) {
    this.timer = setInterval(() => void this.run(), options.periodMs).unref();
  }

  /** One round; a second call meanwhile waits for the first. Never throws. */
  run(): Promise<void> {
    this.running ??= this.tidy().finally(() => (this.running = undefined));
    return this.running;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async tidy(): Promise<void> {
    await this.endProposals();
    await this.collectBlobs();
    await this.forgetHistory();
  }

  /** Of services that died while they waited for the nodes: what such a proposal refers to would never be collected. */
  private async endProposals(): Promise<void> {
    const { catalog, outbox, logger } = this.options;
    try {
      for (const { id, expiresAt } of await catalog.proposals.abandoned()) {
        const ended = await catalog.proposals.void(id, `its deadline passed at ${expiresAt}`, outbox);
        if (ended) logger.info({ proposal: id }, 'ended a proposal that nobody waited for any more');
      }
    } catch (error) {
      logger.warn({ err: error }, 'proposals that are past their deadline were not ended; the next time will');
    }
  }

  private async collectBlobs(): Promise<void> {
    const { catalog, logger } = this.options;
    try {
      const { blobs, bytes } = await catalog.blobs.collect();
      if (blobs > 0) logger.info({ blobs, bytes }, `collected ${blobs} zips that nobody refers to`);
    } catch (error) {
      logger.warn({ err: error }, 'zips that nobody refers to were not collected; the next time will');
    }
  }

  private async forgetHistory(): Promise<void> {
    const { catalog, logger, historyMs } = this.options;
    try {
      const { actions, refusals } = await catalog.oldRecords.forget({ olderThanMs: historyMs });
      if (actions + refusals > 0) {
        logger.info({ actions, refusals }, `forgot ${actions} actions of nodes and ${refusals} refusals: they are old`);
      }
    } catch (error) {
      logger.warn({ err: error }, 'old history was not deleted; the next time will');
    }
  }
}
