import { EventLogError } from '../event-log-error.js';
import type { EventLog, EventSubscription, LogHealth, RelayOptions, SubscribeOptions, Subscription } from '../port.js';
import { KafkaEventSubscription } from './kafka-event-subscription.js';
import { KafkaHealth } from './kafka-health.js';
import { type KafkaEventLogOptions, type KafkaTuning, withKafkaDefaults } from './kafka-options.js';
import { type KafkaRelay, startKafkaRelay } from './kafka-relay.js';

/**
 * The event log over a Kafka topic with one partition. Positions are offsets. A consumer's place is the committed offset of
 * a group of its own. It connects when it is first used.
 */
export function createKafkaEventLog(options: KafkaEventLogOptions): EventLog {
  return new KafkaEventLog(options);
}

class KafkaEventLog implements EventLog {
  readonly kind = 'kafka';
  private readonly tuning: Required<KafkaTuning>;
  private readonly topicHealth: KafkaHealth;
  private readonly subscriptions = new Set<KafkaEventSubscription>();
  private readonly relays = new Set<KafkaRelay>();
  private closing: Promise<void> | undefined;

  constructor(private readonly options: KafkaEventLogOptions) {
    this.tuning = withKafkaDefaults(options);
    this.topicHealth = new KafkaHealth(options.kafka);
  }

  async subscribe(options: SubscribeOptions): Promise<EventSubscription> {
    this.refuseWhenClosed();
    const subscription = new KafkaEventSubscription(options, this.options.kafka, this.tuning, (ended) =>
      this.subscriptions.delete(ended),
    );
    this.subscriptions.add(subscription);
    try {
      await subscription.start();
    } catch (error) {
      this.subscriptions.delete(subscription);
      throw error;
    }
    return subscription;
  }

  async relay({ onError }: RelayOptions = {}): Promise<Subscription> {
    this.refuseWhenClosed();
    await this.topicHealth.makeTopic();
    this.refuseWhenClosed();
    const { database, kafka, relay: tuning } = this.options;
    const relay = startKafkaRelay({ database, kafka, ...(tuning && { tuning }), ...(onError && { onError }) });
    this.relays.add(relay);
    const close = async (): Promise<void> => {
      this.relays.delete(relay);
      await relay.close();
    };
    return { close };
  }

  async health(): Promise<LogHealth> {
    if (this.closing) return { ok: false, detail: 'the event log is closed' };
    const all = await Promise.all([this.topicHealth.look(), ...[...this.relays].map((relay) => relay.health())]);
    return { ok: all.every(({ ok }) => ok), detail: all.map(({ detail }) => detail).join('; ') };
  }

  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    await Promise.all([...this.subscriptions, ...this.relays].map((open) => open.close()));
    this.topicHealth.close();
  }

  private refuseWhenClosed(): void {
    if (this.closing) throw new EventLogError('log-closed', 'the event log is closed');
  }
}
