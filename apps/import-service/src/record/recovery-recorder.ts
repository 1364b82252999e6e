import { MusterError } from '@muster/contracts';
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { Asker } from '../change/attempt.js';
import type { AuditTrail } from './audit-trail.js';

/** What was asked for, and of what. */
export interface RecoveryAct {
  readonly action:
    | 'replay-preview'
    | 'replay'
    | 'order'
    | 'pause-node'
    | 'resume-node'
    | 'retire-node'
    | 'freeze'
    | 'unfreeze'
    | 'max-deploying'
    | 'proceed'
    | 'call-off';
  readonly asker: Asker;
  /** The node, the proposal, or the replay once it has an id. */
  subject?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Tells audit, metrics and log of every replay, order and hold, the refused ones too. */
export class RecoveryRecorder {
  private readonly outcomes: Counter<'action' | 'outcome'>;

  constructor(
    registry: Registry,
    private readonly audit: AuditTrail,
    private readonly logger: Logger,
  ) {
    this.outcomes = new Counter({
      name: 'muster_recoveries_total',
      help: 'Replays, their previews, orders, pauses, retirements, freezes, turns and called off proposals by outcome: ok, or the code of the refusal',
      labelNames: ['action', 'outcome'],
      registers: [registry],
    });
  }

  async record<T>(act: RecoveryAct, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      await this.tell(act, 'ok');
      return result;
    } catch (error) {
      await this.tell(act, error instanceof MusterError ? error.code : 'internal-error', error);
      throw error;
    }
  }

  private async tell({ action, asker, subject, detail }: RecoveryAct, outcome: string, error?: unknown): Promise<void> {
    this.outcomes.inc({ action, outcome });
    const { actor, source, requestId } = asker;
    const reason = error instanceof MusterError ? { reason: error.message } : {};
    const told = {
      actor,
      action,
      ...(subject !== undefined && { subject }),
      source,
      outcome,
      detail: { requestId, ...detail, ...reason },
    };
    this.logger.info({ recovery: told }, `${action} ${subject ?? ''}: ${outcome}`);
    await this.audit.keep(told);
  }
}
