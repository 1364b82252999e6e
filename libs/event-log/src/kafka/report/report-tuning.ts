export interface KafkaReportTuning {
  /** How often a subscription asks the broker for its time, by a message to the topic. Default 10,000. */
  readonly clockIntervalMs?: number;
  /** How long the broker may hold a fetch back when there is nothing new. Default 2,000. */
  readonly maxWaitMs?: number;
  /** Most bytes of one fetch; one report that is larger still comes. Default 4 MiB. */
  readonly maxBytes?: number;
  /** Waits between failed attempts: from `retryFirstMs` (default 200) doubling to `retryMaxMs` (default 10,000), jittered. */
  readonly retryFirstMs?: number;
  readonly retryMaxMs?: number;
}

export type FullReportTuning = Required<KafkaReportTuning>;

export function withReportDefaults(tuning: KafkaReportTuning): FullReportTuning {
  return {
    clockIntervalMs: tuning.clockIntervalMs ?? 10_000,
    maxWaitMs: tuning.maxWaitMs ?? 2_000,
    maxBytes: tuning.maxBytes ?? 4 * 1024 * 1024,
    retryFirstMs: tuning.retryFirstMs ?? 200,
    retryMaxMs: tuning.retryMaxMs ?? 10_000,
  };
}
