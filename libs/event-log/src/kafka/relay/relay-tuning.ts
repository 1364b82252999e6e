import { withDefaults, type PostgresTuning, type Tuning } from '../../postgres/options.js';

export interface RelayTuning extends Omit<PostgresTuning, 'heartbeatMs'> {
  /** How often a relay that stands by asks whether it may lead. Default 1,000. */
  readonly standbyPollMs?: number;
  /**
   * After how long a silence of the leader (paused, its machine gone) the database ends its session, and so gives the lead
   * away. The leader says something four times as often. Default 12,000.
   */
  readonly silenceMs?: number;
  /** How old the oldest message that is not shipped may be before `health` is not ok. Default 30,000. */
  readonly stalledAfterMs?: number;
  /** How often the leader looks whether the topic is still what it must be. Default 5,000. */
  readonly topicCheckMs?: number;
  /** Most bytes of one send, before compression; a revision is never divided. Default 256 KiB. */
  readonly batchBytes?: number;
  /** Most messages read at once; more than a revision can have. Default 2,000. */
  readonly readRows?: number;
}

export interface FullRelayTuning extends Tuning {
  readonly standbyPollMs: number;
  readonly silenceMs: number;
  readonly stalledAfterMs: number;
  readonly topicCheckMs: number;
  readonly batchBytes: number;
  readonly readRows: number;
}

export function withRelayDefaults(tuning: RelayTuning): FullRelayTuning {
  const silenceMs = tuning.silenceMs ?? 12_000;
  return {
    ...withDefaults({ ...tuning, heartbeatMs: silenceMs / 4 }),
    standbyPollMs: tuning.standbyPollMs ?? 1_000,
    silenceMs,
    stalledAfterMs: tuning.stalledAfterMs ?? 30_000,
    topicCheckMs: tuning.topicCheckMs ?? 5_000,
    batchBytes: tuning.batchBytes ?? 256 * 1024,
    readRows: tuning.readRows ?? 2_000,
  };
}
