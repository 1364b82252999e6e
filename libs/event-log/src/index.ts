export * from './port.js';
export { EventLogError } from './event-log-error.js';
export type {
  PostgresEventLogOptions,
  PostgresReportLogOptions,
  PostgresSource,
  PostgresTuning,
} from './postgres/options.js';
export { createPostgresEventLog, EVENT_CHANNEL } from './postgres/postgres-event-log.js';
export { createPostgresReportLog } from './postgres/postgres-report-log.js';
export { REPORT_CHANNEL } from './postgres/node-report-store.js';
export { eventLogConfig, type EventLogConfig } from './event-log-config.js';
export { openLogs, type Logs, type OpenLogsOptions } from './open-logs.js';
export type { KafkaLogLine } from './kafka/kafka-noise.js';
