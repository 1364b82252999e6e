import { prove } from '@muster/node-storage';
import type { HeldLock, LocalState, ParkedTarget } from '@muster/node-storage';
import { waitsForTurn } from '../turn/waits-for-turn.js';
import { readCatalog } from './catalog-sight.js';
import type { CatalogSight } from './catalog-sight.js';
import { DiskInspection } from './disk-inspection.js';
import { findDrift } from './drift-log.js';
import type { EventSequence } from './event-sequence.js';
import { union } from './look-requests.js';
import type { CoalescedLook, Names } from './look-requests.js';
import { Reconciliation } from './reconciliation.js';
import type { ReconciliationDependencies } from './reconciliation.js';
import type { ProposalDesk } from '../proposal/proposal-desk.js';
import type { ClockOffset } from '../report/clock-offset.js';
import type { Sighting } from './sighting.js';
import { stopped } from './stopped.js';

export interface LookDependencies extends ReconciliationDependencies {
  readonly proposals: ProposalDesk;
  readonly isMember: () => boolean;
  readonly sequence: EventSequence;
  readonly clock: ClockOffset;
}

/**
 * `answered`: previews at most, nothing was changed; `ordered`: all that and `done`, and another order waits;
 * `done`: this node is as the catalog wants it, but for what is parked; `more`: there is more of the plan, and a proof was
 * made in between; `stuck`: the steps came to nothing; `waiting`: the next hooks have to wait for their turn; `forked`, `paused`:
 * nothing was changed.
 */
export type LookOutcome = 'done' | 'more' | 'stuck' | 'waiting' | 'forked' | 'paused' | 'answered' | 'ordered';

const LOCK_NOTE_MS = 100;

/** One look: what is wanted and what is there, read after the storage's lock was granted, made one, and proven. */
export class Look {
  private readonly disk: DiskInspection;
  private readonly reconciliation: Reconciliation;

  constructor(private readonly dependencies: LookDependencies) {
    this.disk = new DiskInspection(dependencies.storage, dependencies.metrics);
    this.reconciliation = new Reconciliation(dependencies, this.disk);
  }

  /** Throws `lock-timeout`, which says for whom it waited; `database-away`; `aborted`. */
  async run(asked: CoalescedLook, signal: AbortSignal): Promise<LookOutcome> {
    const { storage, state, metrics, turnDesk } = this.dependencies;
    const startedAt = performance.now();
    const waiting = new AbortController();
    const note = setTimeout(() => this.noteWait(), LOCK_NOTE_MS);
    const turn = storage.lock.withLock(`a look (${[...asked.reasons].join(', ')})`, async (held) => {
      // A grant that comes after the agent was told to stop is given back at once.
      signal.throwIfAborted();
      waiting.abort();
      clearTimeout(note);
      state.waitsForLock = false;
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
      turnDesk?.rest();
      metrics.took('whole', performance.now() - startedAt);
    }
  }

  private noteWait(): void {
    const { storage, state } = this.dependencies;
    const holder = storage.lock.holder();
    const by =
      holder === undefined ? 'another' : `${holder.service} of ${holder.node} (pid ${holder.pid}: ${holder.purpose})`;
    state.waitsForLock = true;
    state.doing('queued', `waits for the storage's lock, held by ${by}`);
  }

  /** The disk is looked at even while the catalog is away: what stands there is proven all the same. */
  private async underLock(asked: CoalescedLook, held: HeldLock, signal: AbortSignal): Promise<LookOutcome> {
    const { catalog, storage, state, metrics, isMember, clock } = this.dependencies;
    const before = state.local;
    const back = asked.reasons.has('start') || asked.reasons.has('reconnect');
    const reading = metrics.time('read', async () => {
      const read = await readCatalog({ catalog, storage, held, clock }, { thorough: back, orders: isMember() });
      state.catalogBack();
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
    const resumed = this.hold(sight);
    await this.keepStaged(sight, local);
    if (sight.kind === 'forked') return this.forked(sight);
    const seen = { asked, held, local, before, lookedAt, signal };
    const outcome =
      sight.paused === undefined ? await this.follow(sight, seen, resumed) : await this.lookOnly(sight, seen);
    await this.getReady(outcome, sight, seen);
    return outcome;
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
    const { state, logger, report, errands, drift, turnDesk, proposals } = this.dependencies;
    drift.forget();
    await turnDesk?.withdraw();
    if (state.phase !== 'forked') logger.error({ code: 'forked' }, `this node is forked: ${reason}`);
    state.fork(reason);
    void report();
    await errands.refuse(orders, reason);
    await proposals.refuse('forked', `it is forked: ${reason}`);
    return 'forked';
  }

  /** What is neither wanted nor proposed any more goes, before anything else comes. A stranger's catalog wants nothing here. */
  private async keepStaged(sight: CatalogSight, local: LocalState): Promise<void> {
    const { change, proposals } = this.dependencies;
    proposals.open(sight.proposals);
    await change.keepStaged(() =>
      sight.kind === 'forked' ? [] : [...change.missing(sight.wanted, local), ...proposals.zips],
    );
  }

  /** For what is proposed, once nothing is left to be done for the head. */
  private async getReady(
    outcome: LookOutcome,
    { wanted, paused }: CatalogSight & { readonly kind: 'ours' },
    { held, local, signal }: Sighting,
  ): Promise<void> {
    const { proposals, state } = this.dependencies;
    if (outcome === 'answered') proposals.putOff();
    if (outcome === 'done' || outcome === 'ordered')
      await proposals.serve({ held, wanted, local: state.local ?? local, signal });
    if (outcome === 'paused' && paused !== undefined)
      await proposals.refuse('paused', `it is paused by ${paused.actor}: ${paused.reason}`);
    if (outcome === 'waiting') await proposals.refuse('waiting-turn', waitsForTurn(state.turns));
  }

  /** Whether a pause has ended: then what differs counts as found now. */
  private hold({ paused }: CatalogSight): boolean {
    const { state, logger, drift } = this.dependencies;
    const resumed = state.paused !== undefined && paused === undefined;
    if (paused !== undefined && state.paused?.since !== paused.since)
      logger.warn({ paused }, `this node is paused by ${paused.actor}, and changes nothing: ${paused.reason}`);
    if (resumed) {
      logger.info('this node is no longer paused');
      drift.forget();
    }
    state.paused = paused;
    return resumed;
  }

  /** While it is paused: what differs is known and told, what only asks is answered, and nothing is changed. */
  private async lookOnly(sight: CatalogSight & { readonly kind: 'ours' }, seen: Sighting): Promise<LookOutcome> {
    const { state, sequence, errands, parked, change, report, turnDesk } = this.dependencies;
    const { wanted, orders, paused } = sight;
    await turnDesk?.withdraw();
    const { local } = seen;
    const notDue = (retry: Names): ParkedTarget[] => parked.notDue({ retry, outageOver: false });
    await errands.begin(orders, { wanted, local, notDue }, undefined);
    state.wanted = wanted;
    sequence.looked(wanted.catalogId, wanted.revision, wanted.chain);
    state.takenIn(wanted.revision);
    const plan = change.plan(wanted, local, parked.all());
    state.settled(plan, new Set(findDrift(wanted.extensions, local).keys()));
    state.waiting(plan.steps);
    // It proves what is wanted: only that is what taking in a revision says.
    if (plan.steps.length === 0) await this.reconciliation.taken(seen, wanted, local);
    await errands.settle({ wanted, held: plan.held, turns: state.turns, ...(paused !== undefined && { paused }) });
    void report();
    return 'paused';
  }

  private async follow(
    sight: CatalogSight & { readonly kind: 'ours' },
    seen: Sighting,
    resumed: boolean,
  ): Promise<LookOutcome> {
    const { state, sequence, errands, parked } = this.dependencies;
    const { wanted, orders, accepted } = sight;
    const { asked, local } = seen;
    const outageOver = asked.reasons.has('reconnect') || asked.reasons.has('outage');
    const notDue = (retry: Names): ParkedTarget[] => parked.notDue({ retry, outageOver });
    // Before anything is changed: a preview tells of what stands here, a replay is compared with its own.
    const ordered = await errands.begin(orders, { wanted, local, notDue }, accepted);
    const again = orders.replays.length > 1;
    if (!ordered && !resumed && state.phase === 'following' && this.isOnlyAsked(asked)) {
      await this.reconciliation.tellDrift(wanted, local);
      state.changed();
      return again ? 'ordered' : 'answered';
    }
    state.wanted = wanted;
    sequence.looked(wanted.catalogId, wanted.revision, wanted.chain);
    state.takenIn(wanted.revision);
    await this.reconciliation.tellDrift(wanted, local);
    const outcome = await this.reconciliation.makeOne(
      wanted,
      seen,
      notDue(union(errands.retry(), errands.replayed(asked))),
    );
    return outcome === 'done' && again ? 'ordered' : outcome;
  }

  /** For orders that change nothing, or for nothing at all: such a look repairs nothing, so that a preview stays true. */
  private isOnlyAsked(asked: CoalescedLook): boolean {
    const orderly = [...asked.reasons].every((reason) => reason === 'order' || reason === 'replayed');
    return orderly && this.dependencies.errands.replayed(asked).size === 0;
  }
}
