export { describeEventLog } from './event-log.conformance.js';
export { describeOutages } from './outage.conformance.js';
export { describeReportLog } from './report-log.conformance.js';
export { sampleEvent, sampleReport } from './harness.js';
export type { AppendOptions, LogFaults, LogHarness, MakeHarness, Opened } from './harness.js';
export { RecordingConsumer } from './recording-consumer.js';
export { KafkaAdmin, type TopicOffsets } from '../kafka/spec/kafka-admin.js';
