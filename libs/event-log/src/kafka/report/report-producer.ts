import kafkajs, { type Producer } from 'kafkajs';
import { EventLogError } from '../../event-log-error.js';
import type { KafkaLink } from '../kafka-connection.js';
import { asKafkaLogError, kafkaErrorType } from '../kafka-errors.js';
import type { KafkaSource } from '../kafka-source.js';
import { ensureTopic } from '../topics.js';
import { withDeadline } from '../with-deadline.js';

/** Node does not see all names of this CommonJS package. */
const { CompressionTypes } = kafkajs;

/** A report of a thousand extensions has half a megabyte, and is much alike. */
const COMPRESS_ABOVE_BYTES = 16 * 1024;

/** Where a message came to stand, and when, by the broker's clock. */
export interface Appended {
  readonly offset: bigint;
  readonly appendedAtMs: number;
}

interface Opened {
  readonly link: KafkaLink;
  readonly producer: Producer;
}

/** Sends to the topic of reports. It connects when it is first used, and anew after a failure. */
export class ReportProducer {
  private opened: Promise<Opened> | undefined;
  private readonly links = new Set<KafkaLink>();
  private closed = false;

  constructor(private readonly kafka: KafkaSource) {}

  /** @throws EventLogError; whether the message has arrived is then not known */
  async send(key: string, value: string): Promise<Appended> {
    const { connection, reports } = this.kafka;
    const opening = (this.opened ??= this.open());
    try {
      const sending = opening.then(({ producer }) =>
        producer.send({
          topic: reports.topic,
          acks: -1,
          timeout: connection.deadlineMs,
          compression: value.length > COMPRESS_ABOVE_BYTES ? CompressionTypes.GZIP : CompressionTypes.None,
          messages: [{ key, value, partition: 0 }],
        }),
      );
      const [answer] = await withDeadline(sending, 3 * connection.deadlineMs, `sending to ${reports.topic}`);
      return { offset: BigInt(answer?.baseOffset ?? -1), appendedAtMs: Number(answer?.logAppendTime ?? -1) };
    } catch (error) {
      if (this.opened === opening) this.opened = undefined;
      opening.then(giveUp, () => undefined);
      throw this.explained(error, key, value);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const link of this.links) link.cut();
    const opened = await this.opened?.catch(() => undefined);
    await opened?.producer.disconnect().catch(() => undefined);
  }

  private async open(): Promise<Opened> {
    const { connection, reports, replicationFactor } = this.kafka;
    if (this.closed) throw new EventLogError('log-closed', 'the report log is closed');
    const link = connection.open();
    this.links.add(link);
    try {
      const admin = link.kafka.admin();
      await admin.connect();
      await ensureTopic(admin, reports, { replicationFactor });
      await admin.disconnect();
      const producer = link.kafka.producer({
        idempotent: false,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        retry: { retries: 1, initialRetryTime: 100, maxRetryTime: 1_000 },
      });
      await producer.connect();
      return { link: { ...link, cut: () => this.drop(link) }, producer };
    } catch (error) {
      this.drop(link);
      throw error;
    }
  }

  private drop(link: KafkaLink): void {
    this.links.delete(link);
    link.cut();
  }

  private explained(error: unknown, key: string, value: string): EventLogError {
    if (kafkaErrorType(error) !== 'MESSAGE_TOO_LARGE') return asKafkaLogError(error, this.kafka.connection.brokers);
    const { topic } = this.kafka.reports;
    return new EventLogError('log-refused', `Kafka refuses the report of ${key} as too large for topic ${topic}`, {
      actual: value.length,
      remedy: `raise max.message.bytes of topic ${topic}, and message.max.bytes of the brokers`,
      cause: error,
    });
  }
}

function giveUp({ link, producer }: Opened): void {
  link.cut();
  producer.disconnect().catch(() => undefined);
}
