import kafkajs, { type Admin } from 'kafkajs';
import { EventLogError } from '../event-log-error.js';
import { kafkaErrorType } from './kafka-errors.js';

/** Node does not see all names of this CommonJS package. */
const { ConfigResourceTypes } = kafkajs;

/** The most that Kafka takes as the name of a topic. */
const MAX_NAME_LENGTH = 249;

/** What a topic must be, and what else it is made with. */
export interface TopicShape {
  readonly topic: string;
  readonly partitions: 1;
  /** Settings without which it is refused. */
  readonly required: Readonly<Record<string, string>>;
  /** Settings that it is made with, and that may be changed. */
  readonly initial: Readonly<Record<string, string>>;
}

const RETENTION_DAYS = 30;
const DAY_MS = 86_400_000;

/** The stream of events: one partition, for order; never compacted, for compaction keeps order only within a key. */
export function eventTopic(prefix: string, cluster: string): TopicShape {
  return {
    topic: topicName(prefix, cluster, 'extension-changed'),
    partitions: 1,
    required: { 'cleanup.policy': 'delete' },
    initial: { 'retention.ms': String(RETENTION_DAYS * DAY_MS), 'unclean.leader.election.enable': 'false' },
  };
}

/** The reports, keyed by node: the last one counts, and its age is told by the broker's clock. */
export function reportTopic(prefix: string, cluster: string): TopicShape {
  return {
    topic: topicName(prefix, cluster, 'node-report'),
    partitions: 1,
    required: { 'cleanup.policy': 'compact', 'message.timestamp.type': 'LogAppendTime' },
    initial: {
      'segment.ms': '600000',
      'segment.bytes': '16777216',
      'min.cleanable.dirty.ratio': '0.1',
      'delete.retention.ms': '86400000',
    },
  };
}

function topicName(prefix: string, cluster: string, what: string): string {
  const name = `${prefix}.${cluster}.${what}`;
  if (name.length <= MAX_NAME_LENGTH && /^[A-Za-z0-9._-]+$/.test(name)) return name;
  throw new EventLogError('log-bad-configuration', `${name} cannot be the name of a topic`, {
    limit: MAX_NAME_LENGTH,
    actual: name.length,
    remedy:
      'choose KAFKA_TOPIC_PREFIX and MUSTER_CLUSTER from letters, digits, dots, underscores and hyphens, and shorter',
  });
}

/**
 * Checks the topic. One that is missing is made where `make` is given.
 *
 * @throws EventLogError `log-topic-misconfigured`, `log-topic-missing`; and what the client throws.
 */
export async function ensureTopic(
  admin: Admin,
  shape: TopicShape,
  make?: { readonly replicationFactor?: number | undefined },
): Promise<void> {
  const partitions = await partitionsOf(admin, shape.topic);
  if (partitions === undefined) {
    if (make === undefined) throw missing(shape.topic);
    await makeTopic(admin, shape, make.replicationFactor);
  }
  const found = partitions ?? (await partitionsOf(admin, shape.topic));
  if (found === undefined) throw missing(shape.topic);
  if (found !== shape.partitions) throw wrongPartitions(shape, found);
  await checkSettings(admin, shape);
}

async function partitionsOf(admin: Admin, topic: string): Promise<number | undefined> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.find(({ name }) => name === topic)?.partitions.length;
  } catch (error) {
    if (kafkaErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined;
    throw error;
  }
}

async function makeTopic(admin: Admin, shape: TopicShape, replicationFactor = -1): Promise<void> {
  const settings = { ...shape.initial, ...shape.required };
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic: shape.topic,
          numPartitions: shape.partitions,
          replicationFactor,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
    });
  } catch (error) {
    if (mayNotMake(error)) throw missing(shape.topic, error);
    throw error;
  }
}

/** Whoever may only read waits for one who may make topics. */
function mayNotMake(error: unknown): boolean {
  const errors = (error as { readonly errors?: readonly unknown[] }).errors ?? [error];
  return errors.some((one) => /^(?:TOPIC|CLUSTER)_AUTHORIZATION_FAILED$/.test(kafkaErrorType(one) ?? ''));
}

async function checkSettings(admin: Admin, shape: TopicShape): Promise<void> {
  const configNames = Object.keys(shape.required);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: shape.topic, configNames }],
  });
  for (const [name, wanted] of Object.entries(shape.required)) {
    const found = resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue;
    if (found !== wanted) throw wrongSetting(shape.topic, name, wanted, found ?? 'unknown');
  }
}

function wrongPartitions({ topic, partitions }: TopicShape, found: number): EventLogError {
  return new EventLogError(
    'log-topic-misconfigured',
    `topic ${topic} has ${found} partitions; it must have exactly ${partitions}, or its order is lost`,
    {
      limit: partitions,
      actual: found,
      remedy: `delete the topic (nothing is lost: the catalog is the archive), let Muster make it or make it with ${partitions} partition, then order a replay`,
    },
  );
}

function wrongSetting(topic: string, name: string, wanted: string, found: string): EventLogError {
  return new EventLogError('log-topic-misconfigured', `topic ${topic} has ${name}=${found}; it must be ${wanted}`, {
    limit: wanted,
    actual: found,
    remedy: `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${wanted}`,
  });
}

function missing(topic: string, cause?: unknown): EventLogError {
  return new EventLogError(
    'log-topic-missing',
    `topic ${topic} does not exist${cause ? ', and we may not make it' : ''}`,
    {
      remedy: 'wait a few seconds: the import-service makes it where it may; else make it with 1 partition',
      ...(cause !== undefined && { cause }),
    },
  );
}
