import type { EventLogStatus } from '@muster/contracts';
import type { Unpublished } from './outbox.store.js';

/** The event log, as far as it is watched. */
export interface Carrier {
  readonly kind: EventLogStatus['kind'];
  health(): Promise<{ readonly ok: boolean; readonly detail: string }>;
}

export interface OutboxWatchOptions {
  readonly carrier: Carrier;
  readonly outbox: { unpublished(): Promise<Unpublished> };
  readonly periodMs: number;
  /** Told when the carrier goes away and when it is back, once each. */
  readonly onChange?: (status: EventLogStatus) => void;
}

/** A carrier that says nothing for so long does not answer. */
const HEALTH_DEADLINE_MS = 5_000;

/**
 * Looks now and then whether what carries the events answers, and how much waits to be shipped, so that whoever asks has an
 * answer at once: a broker that is away may take long to say so.
 */
export class OutboxWatch {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private closed = false;
  private awaySince: string | undefined;
  private latest: Unpublished = { events: 0 };
  private health: { readonly ok: boolean; readonly detail: string } = { ok: true, detail: 'not asked yet' };

  constructor(private readonly options: OutboxWatchOptions) {}

  /** By the latest look. */
  get status(): EventLogStatus {
    const { ok, detail } = this.health;
    const { events, oldestMs = 0 } = this.latest;
    const texts = [detail];
    if (this.awaySince !== undefined) texts.push(`away since ${this.awaySince}`);
    if (events > 0)
      texts.push(`${waiting(events)}, ${events === 1 ? '' : 'the oldest '}for ${Math.round(oldestMs / 1000)} s`);
    return { kind: this.options.carrier.kind, ok, detail: texts.join('; '), unpublished: events };
  }

  /** Age of the oldest event that waits to be shipped, by the latest look; 0 where none does. */
  get oldestUnpublishedMs(): number {
    return this.latest.oldestMs ?? 0;
  }

  /** Ends with the first look. */
  start(): Promise<void> {
    return this.look();
  }

  /** Looks now; a second call meanwhile shares the look. Never throws. */
  look(): Promise<void> {
    this.looking ??= this.ask().finally(() => {
      this.looking = undefined;
      if (!this.closed) this.timer = setTimeout(() => void this.look(), this.options.periodMs).unref();
    });
    clearTimeout(this.timer);
    return this.looking;
  }

  /** Waits for a look under way. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private async ask(): Promise<void> {
    const { carrier, outbox, onChange } = this.options;
    const [health, unpublished] = await Promise.all([
      askHealth(carrier),
      // Where consumers read the outbox itself, what is committed is published. A database that is away leaves the last count.
      carrier.kind === 'postgres' ? { events: 0 } : outbox.unpublished().catch(() => this.latest),
    ]);
    const changed = health.ok !== this.health.ok;
    this.health = health;
    this.latest = unpublished;
    if (health.ok) this.awaySince = undefined;
    else this.awaySince ??= new Date().toISOString();
    if (changed) onChange?.(this.status);
  }
}

function waiting(events: number): string {
  return events === 1 ? '1 event waits to be published' : `${events} events wait to be published`;
}

async function askHealth(carrier: Carrier): Promise<{ readonly ok: boolean; readonly detail: string }> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    const silent = new Error(`no answer within ${HEALTH_DEADLINE_MS / 1000} s`);
    timer = setTimeout(() => reject(silent), HEALTH_DEADLINE_MS);
  });
  try {
    return await Promise.race([carrier.health(), deadline]);
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
