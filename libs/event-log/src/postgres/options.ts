import type pg from 'pg';

/** Where the database is: a URL, or a pool whose settings are also used for the connection that listens. */
export type PostgresSource = { readonly url: string } | { readonly pool: pg.Pool };

export interface PostgresTuning {
  /** The longest time until something new is seen although no notification came. Default 5,000. */
  readonly pollIntervalMs?: number;
  /** How often the listening connection is checked. Default 10,000. */
  readonly heartbeatMs?: number;
  /** How long a connection attempt, a heartbeat or a statement may take before its connection is given up. Default 10,000. */
  readonly deadlineMs?: number;
  /** Waits between failed attempts: from `retryFirstMs` (default 200) doubling to `retryMaxMs` (default 10,000), jittered. */
  readonly retryFirstMs?: number;
  readonly retryMaxMs?: number;
  /** Shown in `pg_stat_activity`. Default `muster-event-log`. */
  readonly applicationName?: string;
}

export interface PostgresEventLogTuning extends PostgresTuning {
  /** Most records of one batch. Default 500. */
  readonly batchRows?: number;
  /** Most bytes of one batch, as JSON; a batch holds at least one record. Default 1 MiB. */
  readonly batchBytes?: number;
}

export type PostgresEventLogOptions = PostgresSource & PostgresEventLogTuning;
export type PostgresReportLogOptions = PostgresSource & PostgresTuning;

export type Tuning = Required<PostgresTuning>;

export function withDefaults(options: PostgresTuning): Tuning {
  return {
    pollIntervalMs: options.pollIntervalMs ?? 5_000,
    heartbeatMs: options.heartbeatMs ?? 10_000,
    deadlineMs: options.deadlineMs ?? 10_000,
    retryFirstMs: options.retryFirstMs ?? 200,
    retryMaxMs: options.retryMaxMs ?? 10_000,
    applicationName: options.applicationName ?? 'muster-event-log',
  };
}
