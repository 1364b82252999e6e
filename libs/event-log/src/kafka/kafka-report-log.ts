import type { Kafka } from 'kafkajs';
import type { ReportLog } from '../port.js';

export interface KafkaReportLogOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** Each subscription reads by a group of its own: this and a random ending. */
  readonly groupPrefix: string;
  /** Checks the topic, and creates it where it is missing. */
  readonly ensureTopic: () => Promise<void>;
  readonly tuning?: KafkaReportTuning;
}

export interface KafkaReportTuning {
  /** How often the broker is asked for its time, by a message that must come back through the subscription. Default 10,000. */
  readonly clockIntervalMs?: number;
  /** How long an attempt may take, and a clock message may be under way, before its connection is given up. Default 30,000. */
  readonly deadlineMs?: number;
  /** Waits between failed attempts: from `retryFirstMs` (default 200) doubling to `retryMaxMs` (default 10,000), jittered. */
  readonly retryFirstMs?: number;
  readonly retryMaxMs?: number;
}
