import type { EventLogConfig } from './event-log-config.js';
import { createKafkaEventLog } from './kafka/kafka-event-log.js';
import type { KafkaLogLine } from './kafka/kafka-noise.js';
import { kafkaSourceOf } from './kafka/kafka-settings.js';
import { createKafkaReportLog } from './kafka/kafka-report-log.js';
import { createPostgresEventLog } from './postgres/postgres-event-log.js';
import { createPostgresReportLog } from './postgres/postgres-report-log.js';
import type { EventLog, ReportLog } from './port.js';

export interface OpenLogsOptions {
  /** The catalog's database: it carries the logs, or the outbox that the relay ships to Kafka. */
  readonly url: string;
  /** Shown in `pg_stat_activity`, and Kafka's client id where `KAFKA_CLIENT_ID` is not set. */
  readonly applicationName: string;
  /** The longest time until something new is seen although nothing has woken us. Default 5,000. */
  readonly pollIntervalMs?: number;
  /** What the Kafka client says about itself; failures that matter come as errors too. */
  readonly onLogLine?: (line: KafkaLogLine) => void;
}

export interface Logs {
  readonly events: EventLog;
  readonly reports: ReportLog;
}

/**
 * The logs by the configuration: over Kafka where `KAFKA_BROKERS` is set, else over PostgreSQL. They connect when they are
 * first used; each is closed by itself.
 *
 * @throws EventLogError `log-bad-configuration` for settings that contradict each other.
 */
export function openLogs(config: EventLogConfig & { readonly MUSTER_CLUSTER: string }, options: OpenLogsOptions): Logs {
  const { url, applicationName, pollIntervalMs = 5_000, onLogLine } = options;
  const tuning = { url, applicationName, pollIntervalMs };
  const kafka = kafkaSourceOf(config, applicationName, onLogLine);
  if (kafka === undefined) return { events: createPostgresEventLog(tuning), reports: createPostgresReportLog(tuning) };
  return {
    events: createKafkaEventLog({ kafka, database: { url }, relay: { applicationName, pollIntervalMs } }),
    reports: createKafkaReportLog({ kafka }),
  };
}
