import type { Catalog } from '@muster/catalog';
import { prove } from '@muster/node-storage';
import type { HeldLock, LocalState, NodeStorage, ParkedTarget, WantedState } from '@muster/node-storage';
import type { Logger } from 'pino';
import type { AgentMetrics } from '../agent-metrics.js';
import type { AgentState } from '../state/agent-state.js';
import { readCatalog } from './catalog-sight.js';
import type { CatalogSight } from './catalog-sight.js';
import type { Change, ChangeRequest } from './change.js';
import { DiskInspection } from './disk-inspection.js';
import { findDrift } from './drift-log.js';
import type { DriftLog } from './drift-log.js';
import type { Errands } from './errands.js';
import type { EventSequence } from './event-sequence.js';
import { union } from './look-requests.js';
import type { CoalescedLook, Names } from './look-requests.js';
import { mergeLocal } from './merge-local.js';
import type { ParkedLedger } from './parked-ledger.js';
import type { Rejoining } from './rejoining.js';
import { stopped } from './stopped.js';
import { stepsOfLook } from './steps-of-look.js';

export interface LookDependencies {
  readonly storage: NodeStorage;
  readonly catalog: Catalog;
  readonly isMember: () => boolean;
  readonly state: AgentState;
  readonly change: Change;
  readonly errands: Errands;
  readonly rejoining: Rejoining;
  readonly parked: ParkedLedger;
  readonly drift: DriftLog;
  readonly sequence: EventSequence;
  /** Sends a report now; resolves when it was taken or the attempt has failed. */
  readonly report: () => Promise<void>;
  readonly metrics: AgentMetrics;
  readonly logger: Logger;
}

/**
 * `answered`: previews at most, nothing was changed; `ordered`: all that and `done`, and another order waits;
 * `done`: this node is as the catalog wants it, but for what is parked; `more`: there is more of the plan, and a proof was
 * made in between; `stuck`: the steps came to nothing; `forked`: nothing was changed.
 */
export type LookOutcome = 'done' | 'more' | 'stuck' | 'forked' | 'answered' | 'ordered';

const LOCK_NOTE_MS = 100;
/** A report of drift goes ahead of its repair, but the repair does not wait for a database that is away. */
const DRIFT_REPORT_MS = 1_000;

/** What one look has in hand, all of it read after the lock was granted. */
interface Sighting {
  readonly asked: CoalescedLook;
  readonly held: HeldLock;
  readonly local: LocalState;
  /** `performance.now()` when looking at the disk began. */
  readonly lookedAt: number;
  readonly signal: AbortSignal;
}

/** One look: what is wanted and what is there, read after the storage's lock was granted, made one, and proven. */
export class Look {
  private readonly disk: DiskInspection;

  constructor(private readonly dependencies: LookDependencies) {
    this.disk = new DiskInspection(dependencies.storage, dependencies.metrics);
  }

  /** Throws `lock-timeout`, which says for whom it waited; `database-away`; `aborted`. */
  async run(asked: CoalescedLook, signal: AbortSignal): Promise<LookOutcome> {
    const { storage, state, metrics } = this.dependencies;
    const startedAt = performance.now();
    const waiting = new AbortController();
    const note = setTimeout(() => this.noteWait(), LOCK_NOTE_MS);
    const turn = storage.lock.withLock(`a look (${[...asked.reasons].join(', ')})`, async (held) => {
      // A grant that comes after the agent was told to stop is given back at once.
      signal.throwIfAborted();
      waiting.abort();
      clearTimeout(note);
      state.step = undefined;
      metrics.took('turn', performance.now() - startedAt);
      return this.underLock(asked, held, signal);
    });
    try {
      return await Promise.race([turn, stopped(signal, waiting.signal)]);
    } finally {
      waiting.abort();
      clearTimeout(note);
      state.rest();
      metrics.took('whole', performance.now() - startedAt);
    }
  }

  private noteWait(): void {
    const { storage, state } = this.dependencies;
    const holder = storage.lock.holder();
    const by =
      holder === undefined ? 'another' : `${holder.service} of ${holder.node} (pid ${holder.pid}: ${holder.purpose})`;
    state.doing('queued', `waits for the storage's lock, held by ${by}`);
  }

  /** The disk is looked at even while the catalog is away: what stands there is proven all the same. */
  private async underLock(asked: CoalescedLook, held: HeldLock, signal: AbortSignal): Promise<LookOutcome> {
    const { catalog, storage, state, metrics, isMember } = this.dependencies;
    const back = asked.reasons.has('start') || asked.reasons.has('reconnect');
    const reading = metrics.time('read', async () => {
      const read = await readCatalog(catalog, storage, held, { thorough: back, orders: isMember() });
      return { sight: read, verify: await this.toHash(asked, read, back) };
    });
    const [read] = await Promise.allSettled([reading]);
    const { sight, verify } = read.status === 'fulfilled' ? read.value : { verify: new Set<string>() };
    const wanted = sight?.kind === 'ours' ? sight.wanted : state.wanted;
    const lookedAt = performance.now();
    const local = await this.disk.look({
      verify,
      onTimer: asked.reasons.has('timer'),
      wantedNames: new Set(wanted?.extensions.map(({ name }) => name)),
      signal,
    });
    state.looked(local, { proof: prove(local), lookedAt });
    if (sight === undefined) throw (read as PromiseRejectedResult).reason;
    if (sight.kind === 'forked') return this.forked(sight);
    return this.follow(sight, { asked, held, local, lookedAt, signal });
  }

  /** What the stat-cache is not asked about: what orders and events name, and what a node that comes back has missed. */
  private async toHash(asked: CoalescedLook, sight: CatalogSight, back: boolean): Promise<Names> {
    if (sight.kind === 'forked') return new Set();
    const { errands, rejoining } = this.dependencies;
    errands.take(sight.orders);
    const accepted = sight.accepted !== undefined;
    const missed = back || accepted ? await rejoining.choose(sight.wanted, accepted) : new Set<string>();
    return [errands.verify(sight.orders), errands.replayed(asked)].reduce(union, missed);
  }

  private async forked({ reason, orders }: CatalogSight & { readonly kind: 'forked' }): Promise<LookOutcome> {
    const { state, logger, report, errands } = this.dependencies;
    if (state.phase !== 'forked') logger.error({ code: 'forked' }, `this node is forked: ${reason}`);
    state.fork(reason);
    void report();
    await errands.refuse(orders, reason);
    return 'forked';
  }

  private async follow(sight: CatalogSight & { readonly kind: 'ours' }, seen: Sighting): Promise<LookOutcome> {
    const { state, sequence, errands, parked } = this.dependencies;
    const { wanted, orders, accepted } = sight;
    const { asked, local } = seen;
    const outageOver = asked.reasons.has('reconnect') || asked.reasons.has('outage');
    const notDue = (retry: Names): ParkedTarget[] => parked.notDue({ retry, outageOver });
    // Before anything is changed: a preview tells of what stands here, a replay is compared with its own.
    const ordered = await errands.begin(orders, { wanted, local, notDue }, accepted);
    const again = orders.replays.length > 1;
    if (!ordered && state.phase === 'following' && this.isOnlyAsked(asked)) {
      await this.tellDrift(wanted, local);
      state.changed();
      return again ? 'ordered' : 'answered';
    }
    state.wanted = wanted;
    sequence.looked(wanted.catalogId, wanted.revision, wanted.chain);
    state.takenIn(wanted.revision);
    await this.tellDrift(wanted, local);
    const outcome = await this.makeOne(wanted, seen, notDue(union(errands.retry(), errands.replayed(asked))));
    return outcome === 'done' && again ? 'ordered' : outcome;
  }

  /** For orders that change nothing, or for nothing at all: such a look repairs nothing, so that a preview stays true. */
  private isOnlyAsked(asked: CoalescedLook): boolean {
    const orderly = [...asked.reasons].every((reason) => reason === 'order' || reason === 'replayed');
    return orderly && this.dependencies.errands.replayed(asked).size === 0;
  }

  /** What has drifted since the last look is reported before it is put right. */
  private async tellDrift(wanted: WantedState, local: LocalState): Promise<void> {
    const { state, drift, metrics, logger, report } = this.dependencies;
    const found = findDrift(wanted.extensions, local);
    const fresh = [...found].filter(([name]) => !state.drifted.has(name));
    state.drifted = new Set(found.keys());
    for (const [name, words] of fresh) {
      drift.add(name, words, new Date());
      logger.warn({ extension: name }, `${name} has drifted: ${words}`);
    }
    if (fresh.length === 0) return;
    metrics.drift.inc(fresh.length);
    await withinMs(report(), DRIFT_REPORT_MS);
  }

  /** Does the first steps of the plan, looks at what they touched, and says what is left. */
  private async makeOne(wanted: WantedState, seen: Sighting, notDue: readonly ParkedTarget[]): Promise<LookOutcome> {
    const { state, change, parked, metrics, errands } = this.dependencies;
    const { steps } = change.plan(wanted, seen.local, notDue, errands.redeploy(seen.local));
    let { local } = seen;
    let ended = 0;
    if (steps.length > 0) {
      const only = new Set(stepsOfLook(steps).map(({ name }) => name));
      state.planned(steps);
      try {
        ended = await this.take({ ...seen, wanted, only, notDue });
      } finally {
        local = await this.lookAgain(seen, only);
      }
    }
    const rest = change.plan(wanted, local, parked.all(), errands.redeploy(local));
    parked.retain(new Set(rest.held.map(({ step }) => step.name)));
    metrics.parked.set(parked.size);
    state.settled(rest, new Set(findDrift(wanted.extensions, local).keys()));
    if (rest.steps.length > 0) return ended > 0 ? 'more' : 'stuck';
    await this.taken(seen.held, wanted);
    await errands.settle({ wanted, held: rest.held });
    return 'done';
  }

  /** How many steps ended, well or parked. */
  private async take(request: Omit<ChangeRequest, 'redeploy'>): Promise<number> {
    const { change, errands } = this.dependencies;
    const { order } = errands;
    try {
      const redeploy = errands.redeploy(request.local);
      const taken = await change.run({ ...request, redeploy, ...(order !== undefined && { order }) });
      errands.took(taken);
      return taken.applied.length + taken.parked.length;
    } catch (error) {
      errands.interrupted();
      throw error;
    }
  }

  /** The node has taken in this revision: the proof goes out first, the note on disk follows. */
  private async taken(held: HeldLock, { catalogId, revision, chain }: WantedState): Promise<void> {
    const { state, storage, report } = this.dependencies;
    const ref = { catalogId, revision, chain };
    const isNews =
      state.applied.chain !== chain || state.applied.catalogId !== catalogId || state.phase !== 'following';
    state.follow(ref);
    state.rejoin = this.dependencies.rejoining.ended() ?? state.rejoin;
    void report();
    if (isNews) await storage.recordApplied(held, ref);
  }

  private async lookAgain(seen: Sighting, names: ReadonlySet<string>): Promise<LocalState> {
    const { state } = this.dependencies;
    const local = mergeLocal(seen.local, await this.disk.lookAgain(names), names);
    state.looked(local, { proof: prove(local), lookedAt: seen.lookedAt });
    return local;
  }
}

async function withinMs(work: Promise<void>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)))]);
  clearTimeout(timer);
}
