import { Backoff } from '../postgres/backoff.js';
import type { PostgresSource } from '../postgres/options.js';
import { connectionConfig, StatementRunner } from '../postgres/statement-runner.js';
import { Wakeup } from '../postgres/wakeup.js';
import type { LogHealth, Subscription } from '../port.js';
import type { KafkaLink } from './kafka-connection.js';
import type { KafkaSource } from './kafka-source.js';
import { Outbox } from './relay/outbox.js';
import { withRelayDefaults, type FullRelayTuning, type RelayTuning } from './relay/relay-tuning.js';
import { RelaySession } from './relay/relay-session.js';
import { shipmentsOf, type Shipment } from './relay/shipment.js';
import { Shipper } from './relay/shipper.js';

export type { RelayTuning } from './relay/relay-tuning.js';

export interface KafkaRelayOptions {
  /** The catalog's database, as a member of `muster_importer`. Session state is needed: no pooler in transaction mode. */
  readonly database: PostgresSource;
  /** The topic of events is checked, and made where it is missing, whenever this relay begins to lead. */
  readonly kafka: KafkaSource;
  readonly tuning?: RelayTuning;
  /** Every failed attempt; the relay goes on trying. */
  readonly onError?: (error: Error) => void;
}

export interface RelayHealth extends LogHealth {
  readonly leading: boolean;
  /** Messages in the outbox that are not shipped yet; absent where the database does not answer. */
  readonly unpublished?: number;
  readonly oldestUnpublishedMs?: number;
}

/**
 * Ships the outbox to Kafka. Any number of relays may run on one database; one leads, the others stand by.
 *
 * A term is the life of one database session: connect → the advisory lock (stand by until it is granted) → check the topic,
 * connect the producer → look at the topic again now and then → read the front of the outbox → send → await the ack → mark → read again. Whatever fails ends the
 * term: the session is cut, which gives the lock away, and after a wait a new term begins, here or elsewhere.
 *
 * What holds whatever dies, and whenever: a message is sent by nobody before all that stand before it were acknowledged,
 * because a sender begins at the first unmarked message and marks come after acks. So the first appearance of every message
 * is in order, and each later one is an exact repeat. That is also all that a leader does who was paused, lost the lock
 * unknowingly, and sends what it had read: its marks fail with its session. See docs/decisions/0007.
 */
export function startKafkaRelay(options: KafkaRelayOptions): KafkaRelay {
  return new KafkaRelay(options);
}

export class KafkaRelay implements Subscription {
  private readonly tuning: FullRelayTuning;
  private readonly backoff: Backoff;
  private readonly statements: StatementRunner;
  /** Rung when there may be something to do; `pause` only by the end, so that no import cuts a wait after a failure short. */
  private readonly wakeup = new Wakeup();
  private readonly pause = new Wakeup();
  private readonly running: Promise<void>;
  private session: RelaySession | undefined;
  private link: KafkaLink | undefined;
  private leads = false;
  private failure: Error | undefined;
  private closed = false;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: KafkaRelayOptions) {
    this.tuning = withRelayDefaults(options.tuning ?? {});
    this.backoff = new Backoff(this.tuning.retryFirstMs, this.tuning.retryMaxMs);
    this.statements = new StatementRunner(options.database, this.tuning);
    this.running = this.run();
  }

  get leading(): boolean {
    return this.leads;
  }

  async health(): Promise<RelayHealth> {
    const role = this.leads ? 'leads' : 'stands by';
    try {
      const { unpublished, oldestMs } = await Outbox.waiting(this.statements);
      const waiting =
        unpublished === 0 ? 'all is shipped' : `${unpublished} not shipped, the oldest since ${oldestMs} ms`;
      const failure = this.failure ? `; ${this.failure.message}` : '';
      return {
        ok: this.failure === undefined && oldestMs < this.tuning.stalledAfterMs,
        detail: `relay ${role}, ${waiting}${failure}`,
        leading: this.leads,
        unpublished,
        ...(unpublished > 0 && { oldestUnpublishedMs: oldestMs }),
      };
    } catch (error) {
      return { ok: false, detail: (error as Error).message, leading: this.leads };
    }
  }

  /** Waits for what is being sent, as long as a statement may take; then it is cut. */
  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    this.closed = true;
    this.wakeup.ring();
    this.pause.ring();
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.tuning.deadlineMs)));
    await Promise.race([this.running, deadline]);
    clearTimeout(timer);
    this.session?.close();
    this.link?.cut();
    await this.running;
    await this.statements.close();
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      try {
        await this.term();
      } catch (error) {
        if (this.closed) return;
        this.failure = error as Error;
        this.options.onError?.(error as Error);
        await this.pause.wait(this.backoff.nextMs());
      }
    }
  }

  private async term(): Promise<void> {
    const config = connectionConfig(this.options.database, this.tuning);
    const session = await RelaySession.open(config, this.tuning, () => this.wakeup.ring());
    this.session = session;
    try {
      while (!this.closed && !(await session.tryLead())) {
        this.failure = undefined;
        await this.wakeup.wait(this.tuning.standbyPollMs);
      }
      if (!this.closed) await this.lead(session);
    } finally {
      this.session = undefined;
      session.close();
    }
  }

  private async lead(session: RelaySession): Promise<void> {
    this.link = this.options.kafka.connection.open();
    const shipper = await Shipper.open(this.options.kafka, this.link);
    this.leads = true;
    try {
      await session.listen();
      const outbox = new Outbox(session, this.tuning.readRows);
      while (!this.closed) {
        await shipper.check(this.tuning.topicCheckMs);
        const parcels = await outbox.front();
        for (const shipment of shipmentsOf(parcels, this.tuning.batchBytes)) {
          if (this.closed) return;
          await this.ship(shipment, outbox, shipper);
        }
        this.succeeded();
        if (parcels.length === 0)
          await this.wakeup.wait(Math.min(this.tuning.pollIntervalMs, this.tuning.topicCheckMs));
        session.assertAlive();
      }
    } finally {
      this.leads = false;
      session.close();
      await shipper.close();
    }
  }

  private async ship(shipment: Shipment, outbox: Outbox, shipper: Shipper): Promise<void> {
    if ((await shipper.send(shipment)) === 'shipped') await outbox.mark(shipment);
    else for (const parcel of shipment) await this.ship([parcel], outbox, shipper);
    this.succeeded();
  }

  private succeeded(): void {
    this.failure = undefined;
    this.backoff.reset();
  }
}
