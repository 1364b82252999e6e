export type { BrokerExit } from './broker-process.js';
export { freePorts } from './free-port.js';
export { kafkaCommand, type KafkaCommand, type KafkaCommandOptions } from './kafka-command.js';
export { LocalKafkaError } from './local-kafka-error.js';
export type { ClientProtocol } from './server-properties.js';
export { startLocalKafka, type LocalKafka, type LocalKafkaOptions } from './start-local-kafka.js';
export type { ScramUser } from './storage.js';
