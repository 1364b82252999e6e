import type { Admin, Broker, Cluster } from 'kafkajs';
import type { KafkaConnection, KafkaLink } from './kafka-connection.js';
import { fingerprint } from './fingerprint.js';
import { ensureTopic, type TopicShape } from './topics.js';
import { withDeadline } from './with-deadline.js';

const PARTITION = 0;

export interface KafkaRecord {
  readonly offset: bigint;
  readonly value: Buffer | null;
  /** By the clock that the topic's settings name. */
  readonly timestampMs: number;
  /** Tells this record from another one that bears its offset in a topic made anew. */
  readonly mark: string;
}

/** What a fetch brought: `next` is where the following one begins. */
export interface Page {
  readonly records: readonly KafkaRecord[];
  readonly next: bigint;
  /** Where the partition ended when the broker answered. */
  readonly end: bigint;
}

/** The offset of the next record, and the mark of the one before it; '' where that is not known. */
export interface KeptPlace {
  readonly offset: bigint;
  readonly mark: string;
}

export interface ReaderOptions {
  readonly connection: KafkaConnection;
  readonly shape: TopicShape;
  readonly groupId: string;
  /** How long the broker holds a fetch back when there is nothing new. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
}

interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly value: Buffer | null;
  readonly isControlRecord?: boolean;
}

interface FetchedPartition {
  readonly highWatermark: string;
  readonly messages: readonly FetchedMessage[];
}

interface FetchAnswer {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[];
}

/**
 * The only partition of a topic, read from wherever we say, and the place kept for a group. It never joins the group: with
 * one reader and one partition there is nothing to share out, so nothing rebalances, no session runs out while a handler
 * works, a killed reader's successor need not wait for one, and an offset that the topic does not hold is an error here
 * instead of a silent jump. Every request has a deadline; after a failure the reader is cut and another one is opened.
 */
export class PartitionReader {
  private readonly link: KafkaLink;
  private readonly admin: Admin;
  private readonly cluster: Cluster;
  /** Asked for once: where another one takes over, the answer to the next request says so, and the reader is of no more use. */
  private coordinatorId: Promise<string> | undefined;

  constructor(private readonly options: ReaderOptions) {
    this.link = options.connection.open();
    this.admin = this.link.kafka.admin();
    this.cluster = clusterOf(this.link, options.groupId);
  }

  /** Connects and checks the topic; `make` makes it where it is missing. */
  async open(make?: { readonly replicationFactor?: number | undefined }): Promise<void> {
    const { connection, shape } = this.options;
    const opening = async (): Promise<void> => {
      await this.admin.connect();
      await ensureTopic(this.admin, shape, make);
      await this.cluster.connect();
      await this.cluster.addMultipleTargetTopics([shape.topic]);
    };
    await withDeadline(opening(), 3 * connection.deadlineMs, `opening topic ${shape.topic}`);
  }

  /** The first offset that is still there, and the one that the next record will have. */
  async bounds(): Promise<{ readonly low: bigint; readonly high: bigint }> {
    const { topic } = this.options.shape;
    const ask = async (fromBeginning: boolean): Promise<bigint> => {
      const [answer] = await this.cluster.fetchTopicsOffset([
        { topic, partitions: [{ partition: PARTITION }], fromBeginning },
      ]);
      return BigInt(answer?.partitions[0]?.offset ?? 0);
    };
    const [low, high] = await this.timed(Promise.all([ask(true), ask(false)]), `where ${topic} begins and ends`);
    return { low, high };
  }

  async kept(): Promise<KeptPlace | undefined> {
    const { shape, groupId } = this.options;
    const ask = async (): Promise<KeptPlace | undefined> => {
      const coordinator = await this.groupCoordinator();
      const topics = [{ topic: shape.topic, partitions: [{ partition: PARTITION, offset: '0' }] }];
      const { responses } = await coordinator.offsetFetch({ groupId, topics });
      const found = responses[0]?.partitions[0] as { readonly offset: string; readonly metadata?: string } | undefined;
      if (found === undefined || BigInt(found.offset) < 0n) return undefined;
      return { offset: BigInt(found.offset), mark: found.metadata ?? '' };
    };
    return this.timed(ask(), `the place of group ${groupId}`);
  }

  async keep({ offset, mark }: KeptPlace): Promise<void> {
    const { shape, groupId } = this.options;
    const partitions = [{ partition: PARTITION, offset: offset.toString(), metadata: mark }];
    const commit = async (): Promise<void> => {
      const coordinator = await this.groupCoordinator();
      // No member and no generation: a reader that keeps its place without having joined.
      await coordinator.offsetCommit({
        groupId,
        memberId: '',
        groupGenerationId: -1,
        topics: [{ topic: shape.topic, partitions }],
      });
    };
    await this.timed(commit(), `keeping the place of group ${groupId}`);
  }

  /** Waits `maxWaitMs` for something new. */
  async fetch(from: bigint, maxWaitMs = this.options.maxWaitMs): Promise<Page> {
    const { connection, maxBytes, shape } = this.options;
    const partitions = [{ partition: PARTITION, fetchOffset: from.toString(), maxBytes }];
    const ask = async (): Promise<FetchAnswer> => {
      const leader = await this.leader();
      const topics = [{ topic: shape.topic, partitions }];
      return (await leader.fetch({ maxWaitTime: maxWaitMs, minBytes: 1, maxBytes, topics })) as FetchAnswer;
    };
    const answer = await withDeadline(ask(), maxWaitMs + connection.deadlineMs, `reading ${shape.topic} at ${from}`);
    return toPage(from, answer.responses[0]?.partitions[0]);
  }

  /** The mark of the record before this offset; '' where the topic does not hold it. */
  async markBefore(offset: bigint, { low }: { readonly low: bigint }): Promise<string> {
    if (offset <= low) return '';
    const { records } = await this.fetch(offset - 1n, 0);
    return records[0]?.offset === offset - 1n ? records[0].mark : '';
  }

  /** @throws EventLogError `log-topic-misconfigured` where somebody has given the topic more partitions or another policy. */
  async checkTopic(): Promise<void> {
    const { shape } = this.options;
    await this.timed(ensureTopic(this.admin, shape), `how topic ${shape.topic} is`);
  }

  cut(): void {
    this.link.cut();
  }

  private async groupCoordinator(): Promise<Broker> {
    this.coordinatorId ??= this.cluster
      .findGroupCoordinator({ groupId: this.options.groupId })
      .then((broker) => String((broker as Broker & { readonly nodeId: number }).nodeId));
    return this.cluster.findBroker({ nodeId: await this.coordinatorId });
  }

  private async leader(): Promise<Broker> {
    const leaders = this.cluster.findLeaderForPartitions(this.options.shape.topic, [PARTITION]);
    return this.cluster.findBroker({ nodeId: Object.keys(leaders)[0] ?? '' });
  }

  private timed<T>(work: Promise<T>, what: string): Promise<T> {
    return withDeadline(work, this.options.connection.deadlineMs, what);
  }
}

/** The client gives its requests to whoever assigns partitions, and at once. */
function clusterOf({ kafka }: KafkaLink, groupId: string): Cluster {
  let found: Cluster | undefined;
  kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster;
        return {
          name: 'none',
          version: 0,
          assign: () => Promise.resolve([]),
          protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
        };
      },
    ],
  });
  if (found === undefined) throw new TypeError('this version of kafkajs does not hand its requests out');
  return found;
}

const NOTHING: FetchedPartition = { highWatermark: '0', messages: [] };

/** A fetch may bring records before the offset that was asked for, with which they share a batch. */
function toPage(from: bigint, { messages, highWatermark }: FetchedPartition = NOTHING): Page {
  const wanted = messages.filter(({ offset }) => BigInt(offset) >= from);
  const last = wanted.at(-1);
  return {
    records: wanted
      .filter(({ isControlRecord }) => isControlRecord !== true)
      .map(({ offset, timestamp, value }) => ({
        offset: BigInt(offset),
        value,
        timestampMs: Number(timestamp),
        mark: fingerprint(timestamp, value),
      })),
    next: last === undefined ? from : BigInt(last.offset) + 1n,
    end: BigInt(highWatermark),
  };
}
