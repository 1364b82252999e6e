import type { ServiceKit } from '@muster/service-kit';

/** Says that something is away and that it is back, once each, however often it is tried in between. */
export class OutageLog {
  private since: number | undefined;

  constructor(
    private readonly what: string,
    private readonly logger: ServiceKit['logger'],
  ) {}

  failed(error: Error): void {
    if (this.since === undefined) this.logger.warn({ err: error }, `${this.what}: ${error.message}; trying again`);
    else this.logger.debug({ err: error }, `${this.what}: ${error.message}`);
    this.since ??= performance.now();
  }

  isWell(): void {
    if (this.since === undefined) return;
    const seconds = Math.round((performance.now() - this.since) / 1_000);
    this.since = undefined;
    this.logger.info(`${this.what}: it goes on after ${seconds} s`);
  }
}
