import type { Drift, LockHolder, NodeReport, ReportedExtension } from '@muster/contracts';
import type { AgentState } from '../state/agent-state.js';
import { queueView } from '../state/queue-view.js';

/** What stays the same for the life of an agent. */
export interface AgentIdentity {
  readonly node: string;
  readonly storageId: string;
  readonly instance: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly musterVersion: string;
}

export interface ReportParts {
  readonly identity: AgentIdentity;
  readonly state: AgentState;
  readonly extensions: ReportedExtension[];
  readonly drift: readonly Drift[];
  readonly seq: number;
  readonly address: string | undefined;
  /** Who holds the storage's lock, while this agent waits for it. */
  readonly lock: LockHolder | undefined;
  readonly clockOffsetMs: number | undefined;
  /** Set when the agent ends. */
  readonly ending: 'stopped' | 'retired' | undefined;
  readonly now: Date;
  /** `performance.now()` of the same moment. */
  readonly monotonicNow: number;
}

/** The full snapshot that is sent. */
export function buildReport(parts: ReportParts): NodeReport {
  const { identity, state, extensions, drift, seq, address, ending, now, lock, clockOffsetMs } = parts;
  const forked = state.phase === 'forked';
  return {
    type: 'NodeReport',
    schemaVersion: 1,
    catalogId: state.applied.catalogId,
    ...identity,
    seq,
    state: ending ?? (forked ? 'forked' : 'live'),
    ...(state.reason === undefined ? {} : { stateReason: state.reason }),
    revision: state.applied.revision,
    chain: state.applied.chain,
    ...provenPart(parts),
    sentAt: now.toISOString(),
    extensions,
    foreign: [...state.foreign],
    queue: queueView(state),
    ...(state.step === undefined ? {} : { step: state.step }),
    ...(state.switching === undefined
      ? {}
      : { switching: { since: state.switching.since, extensions: [...state.switching.extensions] } }),
    drift: [...drift],
    ...(state.rejoin === undefined ? {} : { rejoin: state.rejoin }),
    ...(state.eventLog === undefined ? {} : { eventLog: state.eventLog }),
    ...(state.paused === undefined ? {} : { paused: state.paused }),
    ...(state.catalogAway === undefined ? {} : { catalogAway: state.catalogAway }),
    ...(lock === undefined ? {} : { lock }),
    ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
    ...(address === undefined ? {} : { address }),
  };
}

function provenPart({
  state,
  monotonicNow,
}: ReportParts): Pick<NodeReport, 'rootDigest' | 'provenAt' | 'provenAgeMs' | 'deployed'> {
  if (state.proof === undefined) return { deployed: false };
  const { proof, lookedAt } = state.proof;
  return {
    rootDigest: proof.rootDigest,
    provenAt: new Date(proof.provenAtMs).toISOString(),
    provenAgeMs: Math.max(0, Math.round(monotonicNow - lookedAt)),
    deployed: proof.deployed,
  };
}
