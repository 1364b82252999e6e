import { MusterError } from '@muster/contracts';

/**
 * A failure of the log. Codes: `log-unavailable` (does not answer; may be tried again), `log-refused` (answers that it will
 * not: rights, schema), `log-closed`, `log-event-unreadable` and `log-report-unreadable` (one message was skipped),
 * `log-reset` (the log is shorter than it was: another database, or a restored one).
 */
export class EventLogError extends MusterError {}
