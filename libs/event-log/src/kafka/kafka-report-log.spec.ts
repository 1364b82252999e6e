import { describeOnKafka, kafkaForTests } from '@muster/testing';
import { describeReportLog } from '../conformance/index.js';
import { KafkaHarness } from '../spec/kafka-harness.js';

await describeOnKafka('the port', await kafkaForTests(), ({ brokers }) => {
  describeReportLog('Kafka', () => KafkaHarness.make(brokers));
});
