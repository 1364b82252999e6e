import { eventTopic, reportTopic, type TopicShape } from './topics.js';
import { KafkaConnection, type KafkaConnectionOptions } from './kafka-connection.js';

/** One cluster's part of one Kafka: what every user of it is given. */
export interface KafkaSource {
  readonly connection: KafkaConnection;
  /** Before the names of consumers in the names of their groups. */
  readonly groupPrefix: string;
  readonly events: TopicShape;
  readonly reports: TopicShape;
  /** Of topics that are made here. Default: the broker's default. */
  readonly replicationFactor?: number | undefined;
}

export interface KafkaSourceOptions extends KafkaConnectionOptions {
  readonly topicPrefix: string;
  readonly cluster: string;
  readonly replicationFactor?: number | undefined;
}

/** @throws EventLogError `log-bad-configuration` where the names of the topics would not do. */
export function kafkaSource(options: KafkaSourceOptions): KafkaSource {
  return {
    connection: new KafkaConnection(options),
    groupPrefix: `${options.topicPrefix}.${options.cluster}`,
    events: eventTopic(options.topicPrefix, options.cluster),
    reports: reportTopic(options.topicPrefix, options.cluster),
    replicationFactor: options.replicationFactor,
  };
}
