import { nodePlanDigest } from '@muster/contracts';
import type { NodePlan, PreviewResult, ReplayResult } from '@muster/contracts';
import type { Catalog } from '@muster/catalog';
import { broughtBy, describePlan, stillToRedeploy } from '@muster/node-storage';
import type { Fork, LocalState, NodeStorage, Plan } from '@muster/node-storage';
import type { Logger } from 'pino';
import type { Change } from './change.js';
import type { Ending, Errand, Scene, Taken } from './errand.js';
import { union } from './look-requests.js';
import type { CoalescedLook, Names } from './look-requests.js';
import type { OrdersOfLook, RangeOrder } from './orders.js';
import type { ParkedLedger } from './parked-ledger.js';
import { PlainErrand } from './plain-errand.js';
import { ReplayErrand } from './replay-errand.js';

export interface ErrandsDependencies {
  readonly storage: Pick<NodeStorage, 'node' | 'packages' | 'replayNote'>;
  readonly catalog: Pick<Catalog, 'orders'>;
  readonly change: Pick<Change, 'plan'>;
  readonly parked: ParkedLedger;
  readonly logger: Logger;
}

/** Replays that were answered and are remembered: their events are no news. */
const REMEMBERED = 1_000;

/**
 * The orders of this node while they are carried out. One replay at a time, the oldest first, so that each tells what it did
 * itself. Each look asks what is to be hashed and tried again, lets it begin before anything is changed, tells it what was
 * done, and lets it answer once nothing is left.
 */
export class Errands {
  private plain = new Map<string, PlainErrand>();
  private replay: ReplayErrand | undefined;
  private readonly answered = new Set<string>();

  constructor(private readonly dependencies: ErrandsDependencies) {}

  /** Takes in which orders are open now. */
  take({ plain, replays }: OrdersOfLook): void {
    const { parked } = this.dependencies;
    this.plain = new Map(plain.map((order) => [order.id, this.plain.get(order.id) ?? new PlainErrand(order, parked)]));
    const [first] = replays;
    if (first === undefined) this.replay = undefined;
    else if (this.replay?.id !== first.id) this.replay = new ReplayErrand(first, parked);
  }

  get underWay(): readonly Errand[] {
    return [...this.plain.values(), ...(this.replay === undefined ? [] : [this.replay])];
  }

  /** What events that were published again have named, where no order says more of it. */
  replayed({ replayed }: CoalescedLook): ReadonlySet<string> {
    const own = this.replay?.order.detail.replayId;
    const rest = [...replayed].filter(([id]) => id !== own && !this.answered.has(id));
    return new Set(rest.flatMap(([, names]) => [...names]));
  }

  verify(orders: OrdersOfLook): Names {
    const names = [
      ...this.underWay.map((errand) => errand.verify()),
      ...orders.previews.map((preview) => preview.names),
    ];
    return names.reduce(union, new Set());
  }

  retry(): Names {
    const parked = this.dependencies.parked.all().map(({ name }) => name);
    return new Set(this.underWay.flatMap((errand) => [...errand.retry(parked)]));
  }

  /** Answers the previews and lets the others begin. False where there is nothing to be done on behalf of an order. */
  async begin(orders: OrdersOfLook, scene: Scene, accepted: Fork | undefined): Promise<boolean> {
    for (const preview of orders.previews) {
      const { nodePlan } = await this.planFor(preview, scene, preview.names);
      await this.answer(preview.id, { plan: nodePlan } satisfies PreviewResult);
    }
    if (this.plain.size > 0) {
      const whole = this.dependencies.change.plan(scene.wanted, scene.local, []);
      for (const errand of this.plain.values()) errand.begin(scene, whole, accepted);
    }
    if (this.replay !== undefined && !this.replay.hasBegun) await this.beginReplay(this.replay, scene);
    return this.underWay.length > 0;
  }

  /** Whose hooks run again now. */
  redeploy(local: LocalState): ReadonlySet<string> {
    const { id, detail, names } = this.replay?.order ?? {};
    return id === undefined || detail?.redeploy !== true ? new Set() : stillToRedeploy(names ?? [], local, id);
  }

  get order(): string | undefined {
    return this.replay?.id;
  }

  took(taken: Taken): void {
    for (const errand of this.underWay) errand.took(taken);
  }

  /** A look ended in the middle, and what it did is not known: the replay's note tells what is left. */
  interrupted(): void {
    this.replay = undefined;
  }

  /** The node is where the catalog wants it, but for what is held back. */
  async settle(ending: Ending): Promise<void> {
    for (const errand of this.underWay) await this.answer(errand.id, errand.result(ending));
    this.plain.clear();
    await this.forgetReplay();
  }

  /** A forked node changes nothing and knows no plan; the other orders wait until it follows again. */
  async refuse({ previews, replays }: OrdersOfLook, reason: string): Promise<void> {
    for (const { id } of previews) {
      await this.answer(id, { failure: { code: 'forked', detail: reason } } satisfies PreviewResult);
    }
    for (const { id } of replays) await this.answer(id, { state: 'forked', reason } satisfies ReplayResult);
    this.replay = undefined;
  }

  private async beginReplay(errand: ReplayErrand, scene: Scene): Promise<void> {
    const { storage } = this.dependencies;
    const { order } = errand;
    const redeploy = stillToRedeploy(order.names, scene.local, order.id);
    const { plan, nodePlan, costs } = await this.planFor(order, scene, redeploy);
    const note = await storage.replayNote.read();
    if (note?.order === order.id) return errand.resume(note, nodePlan);
    const { nodePlanDigest: agreed } = order.detail;
    if (agreed !== undefined && nodePlanDigest(nodePlan) !== agreed) return this.refuseChanged(order, nodePlan);
    const { remove, deploy } = nodePlan;
    const install = Object.fromEntries(broughtBy(plan).map(({ name, sha256 }) => [name, costs.get(sha256) ?? 0]));
    const begun = { order: order.id, install, remove, deploy };
    await storage.replayNote.write(begun);
    errand.begin(begun);
  }

  private async refuseChanged({ id }: RangeOrder, { revision, install, remove, deploy, skip, bytes }: NodePlan) {
    const list = (names: readonly string[]): string => (names.length === 0 ? 'nothing' : names.join(', '));
    const reason =
      `the plan that was agreed to no longer holds: at revision ${revision} this node would now install ${list(install)}, ` +
      `remove ${list(remove)}, deploy ${list(deploy)}, skip ${skip} and fetch ${bytes} bytes; ask for another preview`;
    await this.answer(id, { state: 'plan-changed', revision, reason } satisfies ReplayResult);
    await this.forgetReplay();
  }

  private async forgetReplay(): Promise<void> {
    const { replayId } = this.replay?.order.detail ?? {};
    if (replayId !== undefined) this.answered.add(replayId);
    for (const oldest of this.answered) {
      if (this.answered.size <= REMEMBERED) break;
      this.answered.delete(oldest);
    }
    if (this.replay !== undefined) await this.dependencies.storage.replayNote.remove();
    this.replay = undefined;
  }

  private async planFor(
    { names, detail }: RangeOrder,
    { wanted, local, notDue }: Scene,
    redeploy: ReadonlySet<string>,
  ): Promise<{ plan: Plan; nodePlan: NodePlan; costs: ReadonlyMap<string, number> }> {
    const { storage, change } = this.dependencies;
    const plan = change.plan(wanted, local, notDue(names), detail.redeploy ? redeploy : new Set());
    const costs = await storage.packages.costs(broughtBy(plan));
    const nodePlan = describePlan({ node: storage.node, head: wanted, plan, named: names, costs });
    return { plan, nodePlan, costs };
  }

  private async answer(id: string, result: object): Promise<void> {
    const { catalog, logger } = this.dependencies;
    const told = await catalog.orders.done(id, { ...result });
    logger.info({ order: id, result }, told ? 'an order was carried out' : 'an order had been answered already');
  }
}
