import kafkajs, { type Admin, type Producer } from 'kafkajs';
import { KafkaConnection } from '../kafka-connection.js';
import { PartitionReader } from '../partition-reader.js';

/** Node does not see all names of this CommonJS package. */
const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;

const PARTITION = 0;

export interface TopicOffsets {
  readonly low: bigint;
  readonly high: bigint;
}

/** What operators do to topics and groups, for tests: whoever uses it needs no Kafka client of its own. */
export class KafkaAdmin {
  private readonly brokers: readonly string[];
  private readonly kafka: kafkajs.Kafka;
  private opened: Promise<Admin> | undefined;
  private producing: Promise<Producer> | undefined;

  /** `host:port`, separated by commas. */
  constructor(brokers: string) {
    this.brokers = brokers.split(',');
    this.kafka = new Kafka({ brokers: [...this.brokers], clientId: 'muster-spec-admin', logLevel: logLevel.NOTHING });
  }

  async topics(): Promise<string[]> {
    return (await this.admin()).listTopics();
  }

  async createTopic(topic: string, partitions: number, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const admin = await this.admin();
    const made = await admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }],
    });
    if (!made) throw new Error(`topic ${topic} exists already`);
  }

  async deleteTopic(topic: string): Promise<void> {
    await (await this.admin()).deleteTopics({ topics: [topic] });
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    await (await this.admin()).createPartitions({ topicPartitions: [{ topic, count }] });
  }

  async alterTopic(topic: string, settings: Readonly<Record<string, string>>): Promise<void> {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const admin = await this.admin();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
    });
  }

  async partitionsOf(topic: string): Promise<number> {
    const { topics } = await (await this.admin()).fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? 0;
  }

  /** All records before this offset are gone afterwards, as after the retention. */
  async deleteRecordsBefore(topic: string, offset: bigint): Promise<void> {
    const admin = await this.admin();
    // The client must have met the topic before.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: PARTITION, offset: offset.toString() }] });
  }

  /** Undefined where there is no such topic. */
  async offsetsOf(topic: string): Promise<TopicOffsets | undefined> {
    const admin = await this.admin();
    if (!(await admin.listTopics()).includes(topic)) return undefined;
    const [found] = await admin.fetchTopicOffsets(topic);
    return found && { low: BigInt(found.low), high: BigInt(found.high) };
  }

  async groups(): Promise<string[]> {
    return (await (await this.admin()).listGroups()).groups.map(({ groupId }) => groupId);
  }

  /** The committed offset; undefined where none is kept. */
  async groupOffset(groupId: string, topic: string): Promise<bigint | undefined> {
    const admin = await this.admin();
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const offset = BigInt(found?.partitions[PARTITION]?.offset ?? -1);
    return offset < 0n ? undefined : offset;
  }

  /** By the one request that Kafka's own tool sends; the client's administrator would join the group for it, and take seconds. */
  async resetGroup(groupId: string, topic: string, offset: bigint): Promise<void> {
    const connection = new KafkaConnection({ brokers: this.brokers, clientId: 'muster-spec-admin' });
    const shape = { topic, partitions: 1, required: {}, initial: {} } as const;
    const reader = new PartitionReader({ connection, shape, groupId, maxWaitMs: 100, maxBytes: 1 });
    try {
      await reader.open();
      await reader.keep({ offset, mark: '' });
    } finally {
      reader.cut();
    }
  }

  async deleteGroup(groupId: string): Promise<void> {
    await (await this.admin()).deleteGroups([groupId]);
  }

  async produce(topic: string, values: readonly string[]): Promise<void> {
    const producer = await (this.producing ??= this.openProducer());
    await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value, partition: PARTITION })) });
  }

  /** Removes the topics and groups whose names begin so. */
  async removeAll(prefix: string): Promise<void> {
    const mine = (name: string): boolean => name.startsWith(prefix);
    const admin = await this.admin();
    const [topics, groups] = [(await this.topics()).filter(mine), (await this.groups()).filter(mine)];
    if (groups.length > 0) await admin.deleteGroups(groups);
    if (topics.length > 0) await admin.deleteTopics({ topics });
  }

  async close(): Promise<void> {
    await (await this.producing)?.disconnect();
    await (await this.opened)?.disconnect();
  }

  private admin(): Promise<Admin> {
    return (this.opened ??= this.open());
  }

  private async open(): Promise<Admin> {
    const admin = this.kafka.admin();
    await admin.connect();
    return admin;
  }

  private async openProducer(): Promise<Producer> {
    const producer = this.kafka.producer({ allowAutoTopicCreation: false, createPartitioner: () => () => PARTITION });
    await producer.connect();
    return producer;
  }
}
