import kafkajs, { type Admin, type Producer } from 'kafkajs';
import { EventLogError } from '../../event-log-error.js';
import type { KafkaLink } from '../kafka-connection.js';
import { asKafkaLogError, kafkaErrorType } from '../kafka-errors.js';
import type { KafkaSource } from '../kafka-source.js';
import { ensureTopic } from '../topics.js';
import { withDeadline } from '../with-deadline.js';
import type { Shipment } from './shipment.js';

/** Node does not see all names of this CommonJS package. */
const { CompressionTypes } = kafkajs;

/** Events of one revision are much alike: compressed, a thousand of them are a small part of what a broker takes. */
const COMPRESS_ABOVE_BYTES = 32 * 1024;

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/**
 * The producer of one term, on a link of its own: idempotent, every replica's ack awaited, one send at a time. After any
 * failure it is of no more use: whether what it sent has arrived is not known, and a new term sends it again.
 */
export class Shipper {
  private checkedAt = performance.now();

  private constructor(
    private readonly source: KafkaSource,
    private readonly link: KafkaLink,
    private readonly admin: Admin,
    private readonly producer: Producer,
  ) {}

  /** Checks the topic, and makes it where it is missing. The link is cut at the end, or earlier by whoever gave it. */
  static async open(source: KafkaSource, link = source.connection.open()): Promise<Shipper> {
    try {
      const admin = link.kafka.admin();
      await admin.connect();
      await ensureTopic(admin, source.events, { replicationFactor: source.replicationFactor });
      const producer = link.kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
      });
      await producer.connect();
      return new Shipper(source, link, admin, producer);
    } catch (error) {
      link.cut();
      throw asKafkaLogError(error, source.connection.brokers);
    }
  }

  /**
   * Whether the topic is still what it must be, at most every `everyMs`. One that was deleted while there was nothing to ship
   * would otherwise be missed by its readers for ever, and one with more partitions would be shipped to.
   *
   * @throws EventLogError `log-topic-missing`, which the next term makes good, or `log-topic-misconfigured`
   */
  async check(everyMs: number): Promise<void> {
    if (performance.now() - this.checkedAt < everyMs) return;
    const { connection, events } = this.source;
    try {
      await withDeadline(ensureTopic(this.admin, events), connection.deadlineMs, `how topic ${events.topic} is`);
    } catch (error) {
      throw asKafkaLogError(error, connection.brokers);
    }
    this.checkedAt = performance.now();
  }

  /** Returns when the broker has all of it. `too-large`: nothing of it was taken, smaller shipments may be. */
  async send(shipment: Shipment): Promise<'shipped' | 'too-large'> {
    const bytes = shipment.reduce((sum, parcel) => sum + parcel.bytes, 0);
    try {
      await this.producer.send({
        topic: this.source.events.topic,
        acks: -1,
        timeout: this.source.connection.deadlineMs,
        compression: bytes > COMPRESS_ABOVE_BYTES ? CompressionTypes.GZIP : CompressionTypes.None,
        messages: shipment.flatMap(({ messages }) =>
          messages.map(({ position, text }) => ({
            key: null,
            value: text,
            partition: 0,
            headers: { 'outbox-position': position },
          })),
        ),
      });
      return 'shipped';
    } catch (error) {
      if (!TOO_LARGE.has(kafkaErrorType(error) ?? '')) throw asKafkaLogError(error, this.source.connection.brokers);
      if (shipment.length > 1) return 'too-large';
      throw this.tooLarge(shipment, bytes, error);
    }
  }

  async close(): Promise<void> {
    this.link.cut();
    await Promise.allSettled([this.producer.disconnect(), this.admin.disconnect()]);
  }

  private tooLarge([parcel]: Shipment, bytes: number, cause: unknown): EventLogError {
    const [first] = parcel?.messages ?? [];
    const what = first?.revision ? `revision ${first.revision}` : `the message at position ${first?.position}`;
    const detail = `Kafka refuses ${what} as too large for topic ${this.source.events.topic} (${bytes} bytes before compression); nothing is shipped until it takes it`;
    return new EventLogError('log-refused', detail, {
      actual: bytes,
      remedy: `raise max.message.bytes of topic ${this.source.events.topic}, and message.max.bytes of the brokers`,
      cause,
    });
  }
}
