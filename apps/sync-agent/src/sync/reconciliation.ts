import type { Catalog } from '@muster/catalog';
import { MusterError } from '@muster/contracts';
import { prove } from '@muster/node-storage';
import type { ApplyResult, LocalState, NodeStorage, ParkedTarget, Step, WantedState } from '@muster/node-storage';
import type { Logger } from 'pino';
import type { AgentMetrics } from '../agent-metrics.js';
import type { ActionJournal } from '../history/action-journal.js';
import type { HeardEvents } from '../history/heard-events.js';
import { LookHistory } from '../history/look-history.js';
import type { StepsEnd } from '../history/look-history.js';
import type { StoodAlready } from '../history/stood-already.js';
import type { AgentState } from '../state/agent-state.js';
import type { TurnDesk } from '../turn/turn-desk.js';
import type { Change, ChangeRequest } from './change.js';
import type { DiskInspection } from './disk-inspection.js';
import { detectorOf } from './detector.js';
import { findDrift } from './drift-log.js';
import type { DriftLog } from './drift-log.js';
import type { Errands } from './errands.js';
import { mergeLocal } from './merge-local.js';
import type { ParkedLedger } from './parked-ledger.js';
import type { Rejoining } from './rejoining.js';
import type { Sighting } from './sighting.js';
import { stepsOfLook } from './steps-of-look.js';

export interface ReconciliationDependencies {
  readonly storage: NodeStorage;
  readonly catalog: Catalog;
  readonly state: AgentState;
  readonly change: Change;
  readonly errands: Errands;
  readonly rejoining: Rejoining;
  readonly parked: ParkedLedger;
  readonly turnDesk: TurnDesk | undefined;
  readonly drift: DriftLog;
  readonly heard: HeardEvents;
  readonly journal: ActionJournal;
  readonly stood: StoodAlready;
  /** Sends a report now; resolves when it was taken or the attempt has failed. */
  readonly report: () => Promise<void>;
  readonly metrics: AgentMetrics;
  readonly logger: Logger;
}

/** A report of drift goes ahead of its repair, but the repair does not wait for a database that is away. */
const DRIFT_REPORT_MS = 1_000;

/** Makes the disk what the catalog wants, as far as one look goes, and keeps what was done. */
export class Reconciliation {
  private detector = 'start';

  constructor(
    private readonly dependencies: ReconciliationDependencies,
    private readonly disk: DiskInspection,
  ) {}

  /** What has drifted since the last look is reported before it is put right. */
  async tellDrift(wanted: WantedState, local: LocalState): Promise<void> {
    const { state, drift, metrics, logger, report } = this.dependencies;
    const found = findDrift(wanted.extensions, local);
    const news = drift.tell(found, new Date());
    state.drifted = new Set(found.keys());
    for (const [name, words] of news) logger.warn({ extension: name }, `${name} has drifted: ${words}`);
    if (news.size === 0) return;
    metrics.drift.inc(news.size);
    await withinMs(report(), DRIFT_REPORT_MS);
  }

  /** Does the first steps of the plan, looks at what they touched, and says what is left. */
  async makeOne(
    wanted: WantedState,
    seen: Sighting,
    notDue: readonly ParkedTarget[],
  ): Promise<'done' | 'more' | 'stuck' | 'waiting'> {
    const { state, change, parked, metrics, errands, turnDesk } = this.dependencies;
    this.detector = detectorOf(seen.asked.reasons, this.detector);
    await turnDesk?.begin(wanted);
    const aside = [...notDue, ...(turnDesk?.aside() ?? [])];
    const { steps } = change.plan(wanted, seen.local, aside, errands.redeploy(seen.local));
    let { local } = seen;
    let ended = 0;
    if (steps.length > 0) {
      state.planned(steps);
      ({ local, ended } = await this.take(wanted, seen, aside, stepsOfLook(steps)));
    }
    const left = [...parked.all(), ...(turnDesk?.aside() ?? [])];
    const rest = change.plan(wanted, local, left, errands.redeploy(local));
    parked.retain(new Set(rest.held.map(({ step }) => step.name)));
    metrics.parked.set(parked.size);
    state.settled(rest, new Set(findDrift(wanted.extensions, local).keys()));
    if ((await turnDesk?.ended(rest)) === true) {
      state.waiting(rest.steps);
      return 'waiting';
    }
    if (rest.steps.length > 0) return ended > 0 ? 'more' : 'stuck';
    await this.taken(seen, wanted, local);
    await errands.settle({ wanted, held: rest.held, turns: state.turns });
    return 'done';
  }

  /** The node has taken in this revision: the proof goes out first, the note on disk follows. */
  async taken(
    { held, lookedAt }: Pick<Sighting, 'held' | 'lookedAt'>,
    wanted: WantedState,
    local: LocalState,
  ): Promise<void> {
    const { state, storage, report, journal, stood, rejoining } = this.dependencies;
    const { catalogId, revision, chain } = wanted;
    const ref = { catalogId, revision, chain };
    const isNews =
      state.applied.chain !== chain || state.applied.catalogId !== catalogId || state.phase !== 'following';
    const before = state.applied.catalogId === catalogId ? state.applied.revision : revision;
    state.follow(ref);
    state.rejoin = rejoining.ended() ?? state.rejoin;
    void report();
    journal.record(stood.actions({ wanted, local, before, lookedAt, detector: this.detector }));
    void journal.flush();
    if (isNews) await storage.recordApplied(held, ref);
  }

  /** What stands there after the steps, and how many of them ended, well or parked. */
  private async take(
    wanted: WantedState,
    seen: Sighting,
    notDue: readonly ParkedTarget[],
    steps: readonly Step[],
  ): Promise<{ readonly local: LocalState; readonly ended: number }> {
    const { storage, journal, heard, metrics, stood, drift: told } = this.dependencies;
    const { local, before } = seen;
    const drift = findDrift(wanted.extensions, local);
    const { node } = storage;
    const history = new LookHistory({ node, steps, wanted, local, before, drift, detector: this.detector }, heard);
    const only = new Set(steps.map(({ name }) => name));
    let end: StepsEnd | undefined;
    try {
      const result = await this.change({ ...seen, wanted, only, notDue, history });
      end = { result };
      told.putRight(result.applied.map(({ name }) => name));
      return {
        local: await this.lookAgain(seen, only),
        ended: result.applied.length + result.parked.length + result.waiting.length,
      };
    } catch (error) {
      if (end === undefined) {
        end = { error: asFailure(error) };
        await this.lookAgain(seen, only);
      }
      throw error;
    } finally {
      const actions = end === undefined ? [] : history.actions(end);
      for (const action of actions) metrics.changed(action);
      stood.changed(actions);
      journal.record(actions);
      void journal.flush();
    }
  }

  private async change(request: Omit<ChangeRequest, 'redeploy'>): Promise<ApplyResult> {
    const { change, errands } = this.dependencies;
    const { order } = errands;
    try {
      const redeploy = errands.redeploy(request.local);
      const taken = await change.run({ ...request, redeploy, ...(order !== undefined && { order }) });
      errands.took(taken);
      return taken;
    } catch (error) {
      errands.interrupted();
      throw error;
    }
  }

  private async lookAgain(seen: Sighting, names: ReadonlySet<string>): Promise<LocalState> {
    const { state } = this.dependencies;
    const local = mergeLocal(seen.local, await this.disk.lookAgain(names), names);
    state.looked(local, { proof: prove(local), lookedAt: seen.lookedAt });
    return local;
  }
}

function asFailure(error: unknown): { code: string; message: string } {
  if (error instanceof MusterError) return error;
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) };
}

async function withinMs(work: Promise<void>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)))]);
  clearTimeout(timer);
}
