import type { AuditEntry, Catalog } from '@muster/catalog';
import type { Logger } from 'pino';

/** Keeps what was asked for and what came of it. Where the database does not take it, the log has it. */
export class AuditTrail {
  constructor(
    private readonly audit: Catalog['audit'],
    private readonly logger: Logger,
  ) {}

  /** Never throws: what happened has happened. */
  async keep(entry: AuditEntry): Promise<void> {
    try {
      await this.audit.append(entry);
    } catch (error) {
      this.logger.error({ err: error, entry }, 'this is missing in the audit: the database did not take it');
    }
  }
}
