import { lockHolderSchema } from '@muster/contracts';
import type { LockHolder, NodeReport, NodeView } from '@muster/contracts';
import type { NodeStorage } from '@muster/node-storage';
import type { AgentState } from '../state/agent-state.js';
import { describeExtensions } from '../state/describe-extensions.js';
import { Since } from '../state/since.js';
import type { DriftLog } from '../sync/drift-log.js';
import type { ParkedLedger } from '../sync/parked-ledger.js';
import type { ClockOffset } from './clock-offset.js';
import { buildReport } from './build-report.js';
import type { AgentIdentity } from './build-report.js';

/** This node as reports and `GET /node` tell it. */
export class NodeReports {
  address: string | undefined;
  ending: 'stopped' | 'retired' | undefined;
  private readonly since = new Since();

  constructor(
    private readonly identity: AgentIdentity,
    private readonly storage: Pick<NodeStorage, 'path' | 'lock'>,
    private readonly state: AgentState,
    private readonly parked: ParkedLedger,
    private readonly drift: DriftLog,
    private readonly clock: Pick<ClockOffset, 'ms'>,
  ) {}

  report(seq: number): NodeReport {
    const now = new Date();
    return buildReport({
      identity: this.identity,
      state: this.state,
      extensions: this.since.stamp(describeExtensions(this.state, this.parked), now),
      drift: this.drift.latest,
      seq,
      address: this.address,
      lock: this.state.waitsForLock ? this.lockHolder() : undefined,
      clockOffsetMs: this.clock.ms,
      ending: this.ending,
      now,
      monotonicNow: performance.now(),
    });
  }

  view(seq: number): NodeView {
    const { lock: _, ...report } = this.report(seq);
    const lock = this.lockHolder();
    return {
      ...report,
      storage: this.storage.path,
      parked: report.extensions.filter(({ state }) => state === 'parked'),
      ...(lock === undefined ? {} : { lock }),
    };
  }

  /** As it says so itself; what another process wrote is not believed to be whole. */
  private lockHolder(): LockHolder | undefined {
    const holder = this.storage.lock.holder();
    if (holder === undefined) return undefined;
    const { service, node, pid } = holder;
    const read = lockHolderSchema.safeParse(holder);
    return read.success ? read.data : { service: String(service), node: String(node), pid: Math.trunc(pid) };
  }
}
