import type { ExtensionChanged, NodeReport } from '@muster/contracts';
import type { EventLog, ReportLog } from '../port.js';

/** What can be done to the way between one opened log and what carries it. */
export interface LogFaults {
  /** Bytes stop flowing, connections stay. */
  stall(): void;
  /** Connections are gone at the far side and nobody tells the near one. */
  halfOpen(): void;
  /** Connections end with an error; new ones do so too until `heal`. */
  reset(): void;
  heal(): void;
}

/** One log as one process would open it, with a way of its own to what carries it. */
export interface Opened<Log> {
  readonly log: Log;
  readonly faults: LogFaults;
  /** What a kill does: from now on nothing this log says gets through, for ever. */
  crash(): void;
}

export interface AppendOptions {
  /** How many changes the revision has. Default 1. */
  readonly changes?: number;
  /** Write everything, then roll back. */
  readonly rollBack?: boolean;
}

/** Brings up what carries the log, empty, for one test. An adapter's spec implements it; nothing in it may be faked. */
export interface LogHarness {
  /** The most records that a log opened here puts into one batch. */
  readonly batchRows: number;
  /** Commits one revision with its events, as the catalog does, and ships it if that is the way of the adapter. */
  append(options?: AppendOptions): Promise<void>;
  /** Leaves a hole in the positions, as a rolled back transaction may. */
  leaveGap(): Promise<void>;
  /** All committed events, in commit order. */
  committed(): Promise<ExtensionChanged[]>;
  openEvents(): Promise<Opened<EventLog>>;
  openReports(): Promise<Opened<ReportLog>>;
  /** Closes what was opened and removes what was made; fails if something was left behind. */
  close(): Promise<void>;
}

export type MakeHarness = () => Promise<LogHarness>;

const DIGEST = 'ab'.repeat(32);
const TIME = '2026-01-01T00:00:00.000Z';

/** A change of a revision with everything in it that the schema asks for. */
export function sampleEvent(revision: number, position: number, count: number): ExtensionChanged {
  return {
    type: 'ExtensionChanged',
    schemaVersion: 1,
    catalogId: 'conformance',
    revision,
    chain: revision.toString(16).padStart(64, '0'),
    position,
    count,
    action: 'install',
    extension: `Extension-${revision}-${position}`,
    version: '1.0.0',
    sha256: DIGEST,
    sizeBytes: 1,
    committedAt: TIME,
    actor: 'conformance',
  };
}

export function sampleReport(node: string, instance: string, startedAt: string, seq: number): NodeReport {
  return {
    type: 'NodeReport',
    schemaVersion: 1,
    catalogId: 'conformance',
    node,
    storageId: `storage-of-${node}`,
    instance,
    startedAt,
    seq,
    state: 'live',
    revision: 0,
    chain: '0'.repeat(64),
    deployed: true,
    sentAt: TIME,
    extensions: [],
    foreign: [],
    queue: [],
    drift: [],
    musterVersion: '0.1.0',
  };
}
