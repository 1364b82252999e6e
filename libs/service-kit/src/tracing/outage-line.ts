import type { Logger } from 'pino';

/** One line when something stops answering and one when it answers again, however often it is tried in between. */
export class OutageLine {
  private away = false;

  constructor(
    private readonly what: string,
    private readonly logger: Logger,
  ) {}

  tried(error: Error | undefined): void {
    if (error !== undefined && !this.away) this.logger.warn(`${this.what} does not answer: ${error.message}`);
    if (error === undefined && this.away) this.logger.info(`${this.what} answers again`);
    this.away = error !== undefined;
  }
}
