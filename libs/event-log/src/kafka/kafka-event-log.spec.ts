import { describeOnKafka, kafkaForTests } from '@muster/testing';
import { describeEventLog, describeOutages } from '../conformance/index.js';
import { KafkaHarness } from '../spec/kafka-harness.js';

await describeOnKafka('the port', await kafkaForTests(), ({ brokers }) => {
  describeEventLog('Kafka', () => KafkaHarness.make(brokers));
  describeOutages('Kafka', () => KafkaHarness.make(brokers));
});
