import type { PostgresSource } from '../postgres/options.js';
import type { KafkaSource } from './kafka-source.js';
import type { RelayTuning } from './kafka-relay.js';

export interface KafkaTuning {
  /** How long the broker may hold a fetch back when there is nothing new. Default 2,000. */
  readonly maxWaitMs?: number;
  /** Most records of one batch. Default 500. */
  readonly batchRows?: number;
  /** Most bytes of one fetch; one record that is larger still comes. Default 1 MiB. */
  readonly batchBytes?: number;
  /** How often a living subscription looks whether its place and the topic are what they were. Default 10,000. */
  readonly checkMs?: number;
  /** How long a topic that has vanished may be made anew by somebody else, before it is made here. Default 15,000. */
  readonly remakeAfterMs?: number;
  /** Waits between failed attempts: from `retryFirstMs` (default 200) doubling to `retryMaxMs` (default 10,000), jittered. */
  readonly retryFirstMs?: number;
  readonly retryMaxMs?: number;
}

export interface KafkaEventLogOptions extends KafkaTuning {
  readonly kafka: KafkaSource;
  /** Whose outbox the relay ships. */
  readonly database: PostgresSource;
  readonly relay?: RelayTuning;
}

export function withKafkaDefaults(tuning: KafkaTuning): Required<KafkaTuning> {
  return {
    maxWaitMs: tuning.maxWaitMs ?? 2_000,
    batchRows: tuning.batchRows ?? 500,
    batchBytes: tuning.batchBytes ?? 1024 * 1024,
    checkMs: tuning.checkMs ?? 10_000,
    remakeAfterMs: tuning.remakeAfterMs ?? 15_000,
    retryFirstMs: tuning.retryFirstMs ?? 200,
    retryMaxMs: tuning.retryMaxMs ?? 10_000,
  };
}
