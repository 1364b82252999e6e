import type { Consumer } from 'kafkajs';
import type { KafkaLink } from '../kafka/kafka-connection.js';
import type { KafkaSource } from '../kafka/kafka-source.js';

export interface FollowedMessage {
  readonly offset: string;
  /** Its place in the outbox. */
  readonly position: number;
  readonly text: string;
}

/** A plain consumer of the topic of events, by a group of its own, as the client's own documentation would write it. */
export class TopicFollower {
  readonly messages: FollowedMessage[] = [];
  private readonly link: KafkaLink;
  private readonly consumer: Consumer;

  constructor(
    private readonly source: KafkaSource,
    groupId: string,
  ) {
    this.link = source.connection.open();
    // Many messages at a time: the machine is for those who commit.
    const thrifty = { minBytes: 256 * 1024, maxWaitTimeInMs: 250 };
    this.consumer = this.link.kafka.consumer({ groupId, allowAutoTopicCreation: false, ...thrifty });
  }

  async start(): Promise<this> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topic: this.source.events.topic, fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachMessage: ({ message }) => {
        this.messages.push({
          offset: message.offset,
          position: Number(message.headers?.['outbox-position']),
          text: message.value?.toString() ?? '',
        });
        return Promise.resolve();
      },
    });
    return this;
  }

  async close(): Promise<void> {
    await this.consumer.disconnect();
    this.link.cut();
  }
}

/** Every message at its first appearance. Throws where one that appears again is not exactly what it was. */
export function firstAppearances(messages: readonly FollowedMessage[]): { first: FollowedMessage[]; repeats: number } {
  const seen = new Map<number, FollowedMessage>();
  for (const message of messages) {
    const earlier = seen.get(message.position);
    if (earlier === undefined) seen.set(message.position, message);
    else if (earlier.text !== message.text) throw new Error(`position ${message.position} appears with another text`);
  }
  return { first: [...seen.values()], repeats: messages.length - seen.size };
}
