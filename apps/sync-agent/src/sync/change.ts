import { apply, plan, stageAhead, targetOf } from '@muster/node-storage';
import type {
  ApplyOptions,
  ApplyResult,
  HeldLock,
  LocalState,
  NodeStorage,
  ParkedTarget,
  Plan,
  StageAheadOptions,
  StagedAhead,
  StagedShelf,
  WantedState,
} from '@muster/node-storage';
import type { Catalog } from '@muster/catalog';
import { runInTrace } from '@muster/service-kit';
import type { Logger } from 'pino';
import type { AgentMetrics } from '../agent-metrics.js';
import type { LookHistory } from '../history/look-history.js';
import type { AgentState } from '../state/agent-state.js';
import type { TurnDesk } from '../turn/turn-desk.js';
import type { ParkedLedger } from './parked-ledger.js';

export interface ChangeDependencies {
  readonly storage: NodeStorage;
  readonly catalog: Pick<Catalog, 'manifest'>;
  readonly state: AgentState;
  readonly parked: ParkedLedger;
  /** What stands staged between looks. */
  readonly staged: StagedShelf;
  /** Absent: this node has no hook, and waits for nobody. */
  readonly turnDesk: TurnDesk | undefined;
  readonly applying: Pick<ApplyOptions, 'sources' | 'reader' | 'hook'> & { readonly foreign: 'keep' | 'prune' };
  readonly metrics: AgentMetrics;
  readonly logger: Logger;
}

/** What a change works on: what was read after the lock was granted. */
export interface ChangeRequest {
  readonly held: HeldLock;
  readonly wanted: WantedState;
  readonly local: LocalState;
  /** Only these are touched. */
  readonly only: ReadonlySet<string>;
  /** What failed before and is not due. */
  readonly notDue: readonly ParkedTarget[];
  /** Their hooks run again though nothing differs. */
  readonly redeploy: ReadonlySet<string>;
  /** The replay on whose behalf this is done, by its order's id. */
  readonly order?: string;
  readonly history: LookHistory;
  readonly signal: AbortSignal;
}

/** What is not committed yet, on top of what is wanted. */
export interface StageAheadRequest extends Pick<StageAheadOptions, 'held' | 'wanted' | 'local' | 'names'> {
  /** What must not come now. */
  readonly aside: readonly ParkedTarget[];
  readonly signal: AbortSignal;
}

/** Changes the storage through `apply`, and keeps the ledger of what failed. */
export class Change {
  constructor(private readonly dependencies: ChangeDependencies) {}

  plan(
    wanted: WantedState,
    local: LocalState,
    parked: readonly ParkedTarget[],
    redeploy: ReadonlySet<string> = new Set(),
  ): Plan {
    return plan(wanted, local, { parked, redeploy, foreign: this.dependencies.applying.foreign });
  }

  /** The zips of what is still to be brought, parked or not. */
  missing(wanted: WantedState, local: LocalState): string[] {
    return this.plan(wanted, local, []).steps.flatMap((step) => targetOf(step) ?? []);
  }

  /** Gives up what else stands staged; mostly nothing does, and then it is not asked. */
  async keepStaged(zips: () => readonly string[]): Promise<void> {
    const { staged } = this.dependencies;
    if (!staged.isEmpty) await staged.retain(new Set(zips()));
  }

  /** Brings some of what is wanted as far as it goes without a switch. Throws the failure of the first that cannot be staged. */
  stageAhead({ aside, ...request }: StageAheadRequest): Promise<StagedAhead> {
    const { storage, catalog, state, staged, applying, metrics } = this.dependencies;
    const { sources, reader, foreign } = applying;
    return metrics.time('ahead', () =>
      stageAhead({
        ...request,
        storage,
        catalog,
        sources,
        reader,
        foreign,
        parked: aside,
        shelf: staged,
        observe: ({ extension, state: doing, detail }) =>
          state.doing(doing, `${extension}, which is proposed${detail === undefined ? '' : `: ${detail}`}`),
      }),
    );
  }

  /** Throws what `apply` throws: an outage, or `aborted`. */
  async run(request: ChangeRequest): Promise<ApplyResult> {
    const { storage, catalog, state, staged, applying, metrics, turnDesk } = this.dependencies;
    const { held, wanted, only, notDue, redeploy, order, signal } = request;
    held.atRevision(wanted.revision);
    const result = await metrics.time('apply', () =>
      apply({
        storage,
        held,
        wanted,
        catalog,
        ...applying,
        policy: { kind: 'park', parked: notDue },
        only,
        redeploy,
        ...(order !== undefined && { order }),
        shelf: staged,
        ...(turnDesk !== undefined && { turns: turnDesk.turns }),
        observeUnit: (extensions) => state.switch(extensions),
        observe: (progress) => {
          state.observe(progress);
          request.history.observe(progress);
        },
        signal,
      }),
    );
    turnDesk?.took(result);
    this.settle(result, request);
    return result;
  }

  private settle(result: ApplyResult, { local, history }: ChangeRequest): void {
    const { parked, metrics, logger } = this.dependencies;
    for (const { name, kind, why } of result.applied) {
      parked.settle(name);
      metrics.applied.inc({ kind });
      const behalf = history.behalf(name);
      runInTrace(behalf.traceparent, () =>
        logger.info({ extension: name, step: kind, ...behalf }, `${kind} ${name}: ${why}`),
      );
    }
    for (const warning of result.warnings) logger.warn(warning);
    for (const failed of result.parked) {
      const { name, code, step, undone } = failed;
      const mark = local.extensions.get(name)?.mark;
      const attemptsBefore = mark?.sha256 === failed.sha256 && mark?.hook === 'failed' ? mark.attempts : 0;
      const { attempts, nextAttemptAtMs } = parked.record(failed, attemptsBefore);
      const next = new Date(nextAttemptAtMs).toISOString();
      const behalf = history.behalf(name);
      const told = { extension: name, code, step, undone, attempts, next, ...behalf };
      runInTrace(behalf.traceparent, () => logger.warn(told, `${name} is parked: ${failed.detail}`));
    }
  }
}
