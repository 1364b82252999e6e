import type { Admin } from 'kafkajs';
import type { LogHealth } from '../port.js';
import type { KafkaLink } from './kafka-connection.js';
import { asKafkaLogError } from './kafka-errors.js';
import type { KafkaSource } from './kafka-source.js';
import { ensureTopic } from './topics.js';
import { withDeadline } from './with-deadline.js';

interface OpenAdmin {
  readonly link: KafkaLink;
  readonly admin: Admin;
}

/** Asks the broker how the topic is, on a connection of its own that is kept between questions. */
export class KafkaHealth {
  private open: OpenAdmin | undefined;

  constructor(private readonly kafka: KafkaSource) {}

  async look(): Promise<LogHealth> {
    const hadOne = this.open !== undefined;
    try {
      return await this.ask();
    } catch (error) {
      this.close();
      if (!hadOne) return this.failed(error);
    }
    // The connection that was kept may have died long ago without a word.
    try {
      return await this.ask();
    } catch (error) {
      this.close();
      return this.failed(error);
    }
  }

  /** Makes the topic where it is missing. What fails now is tried again by the relay, and told by `look`. */
  async makeTopic(): Promise<void> {
    const { connection, events, replicationFactor } = this.kafka;
    const making = async (): Promise<void> => {
      const { admin } = (this.open ??= this.make());
      await admin.connect();
      await ensureTopic(admin, events, { replicationFactor });
    };
    await withDeadline(making(), connection.deadlineMs, 'making the topic of events').catch(() => this.close());
  }

  close(): void {
    this.open?.link.cut();
    this.open = undefined;
  }

  private ask(): Promise<LogHealth> {
    const { connection, events } = this.kafka;
    const asking = async (): Promise<LogHealth> => {
      const { admin } = (this.open ??= this.make());
      await admin.connect();
      await ensureTopic(admin, events);
      const { brokers } = await admin.describeCluster();
      const [partition] = await admin.fetchTopicOffsets(events.topic);
      const names = brokers.map(({ host, port }) => `${host}:${port}`).join(', ');
      return {
        ok: true,
        detail: `Kafka at ${names}, topic ${events.topic}, end offset ${partition?.high ?? 'unknown'}`,
      };
    };
    return withDeadline(asking(), connection.deadlineMs, 'how the topic of events is');
  }

  private make(): OpenAdmin {
    const link = this.kafka.connection.open();
    return { link, admin: link.kafka.admin() };
  }

  private failed(error: unknown): LogHealth {
    const { message, remedy } = asKafkaLogError(error, this.kafka.connection.brokers);
    return { ok: false, detail: remedy === undefined ? message : `${message}; ${remedy}` };
  }
}
