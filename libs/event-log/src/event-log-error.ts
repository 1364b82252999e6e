import { MusterError } from '@muster/contracts';

/**
 * A failure of the log. Codes: `log-unavailable` (does not answer; may be tried again), `log-refused` (answers that it will
 * not: rights, schema), `log-closed`, `log-event-unreadable` and `log-report-unreadable` (one message was skipped),
 * `log-reset` (the log is shorter than it was: another database or topic, or a restored one).
 *
 * On Kafka also: `log-authentication-failed`, `log-not-authorized`, `log-tls-failed` (it will not change by asking again),
 * `log-topic-misconfigured` (the topic is not as it must be), `log-topic-missing` (being waited for), and
 * `log-bad-configuration` (settings that contradict each other).
 */
export class EventLogError extends MusterError {}
