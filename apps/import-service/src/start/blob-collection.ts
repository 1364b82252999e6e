import type { Catalog } from '@muster/catalog';
import type { Logger } from 'pino';

/** Collects, now and then, the zips that nobody can ask for any more. `close` waits for a collection under way. */
export class BlobCollection {
  private readonly timer: NodeJS.Timeout;
  private running: Promise<void> | undefined;

  constructor(
    private readonly blobs: Pick<Catalog['blobs'], 'collect'>,
    private readonly logger: Logger,
    periodMs: number,
  ) {
    this.timer = setInterval(() => void this.run(), periodMs).unref();
  }

  /** One collection; a second call meanwhile waits for the first. Never throws. */
  run(): Promise<void> {
    this.running ??= this.collect().finally(() => (this.running = undefined));
    return this.running;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async collect(): Promise<void> {
    try {
      const { blobs, bytes } = await this.blobs.collect();
      if (blobs > 0) this.logger.info({ blobs, bytes }, `collected ${blobs} zips that nobody refers to`);
    } catch (error) {
      this.logger.warn({ err: error }, 'zips that nobody refers to were not collected; the next time will');
    }
  }
}
