import { Catalog, type NodeOrder, type OpenProposal, type ReadinessReport } from '@muster/catalog';
import { nodePlanDigest, replayOrderSchema, type LogMessage, type NodePlan, type ReplayOrder } from '@muster/contracts';
import { createPostgresEventLog, type EventLog } from '@muster/event-log';
import type { TestDatabase } from '@muster/testing';
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';

const LEASE_MS = 60_000;

type Readiness = Pick<ReadinessReport, 'state' | 'code' | 'reason'>;

/**
 * A node with a disk in memory: woken through the real event log, it reads its orders from the catalog and answers them by
 * comparing what the catalog wants with what it holds.
 */
export class StandInAgent {
  /** By name: sha256 of what stands there. */
  readonly disk = new Map<string, string>();
  readonly deployed: string[] = [];
  readonly heard: LogMessage[] = [];
  /** A node that lives and answers nothing. */
  silent = false;
  forked = false;
  /** What happens on this node before it carries an order out. */
  before: (kind: NodeOrder['kind']) => Promise<void> | void = () => undefined;
  /** What it says of a proposal; nothing: it says nothing. By default it reads all zips through, and is ready. */
  prepare: (proposal: OpenProposal) => Promise<Readiness | undefined> = (proposal) => this.stage(proposal);
  private readonly instance = randomUUID();
  private work: Promise<void> = Promise.resolve();

  private constructor(
    readonly node: string,
    private readonly catalog: Catalog,
    private readonly log: EventLog,
  ) {}

  static async start(database: TestDatabase, node: string): Promise<StandInAgent> {
    const url = database.urlAs('muster_agent');
    const catalog = Catalog.connect({ url, applicationName: `stand-in-${node}` });
    // Nothing but the log wakes it: the poll comes too late for any test.
    const log = createPostgresEventLog({ url, applicationName: `stand-in-${node}-log`, pollIntervalMs: 60_000 });
    const agent = new StandInAgent(node, catalog, log);
    await agent.comeBack();
    await log.subscribe({
      consumer: node,
      from: 'end',
      onRecords: (records) => {
        agent.heard.push(...records.map(({ event }) => event));
        agent.look();
      },
    });
    onTestFinished(() => agent.end());
    return agent;
  }

  /** Enrols, or takes its id up again, and looks for orders. */
  async comeBack(): Promise<void> {
    const { node, instance } = this;
    const result = await this.catalog.nodes.enrol({
      node,
      instance,
      storageId: `storage of ${node}`,
      leaseMs: LEASE_MS,
    });
    if (result.state !== 'enrolled') throw new Error(result.detail);
    this.look();
    await this.work;
  }

  async goAway(options: { readonly retire?: boolean } = {}): Promise<void> {
    this.silent = true;
    await this.catalog.nodes.release(this.node, this.instance, options);
  }

  async holdWhatIsWanted(): Promise<void> {
    const { extensions } = await this.catalog.wanted();
    this.disk.clear();
    for (const { name, sha256 } of extensions) this.disk.set(name, sha256);
  }

  look(): void {
    this.work = this.work.then(() => this.carryOut());
  }

  private async end(): Promise<void> {
    await this.work;
    await this.log.close();
    await this.catalog.close();
  }

  private async carryOut(): Promise<void> {
    if (this.silent) return;
    const { node, instance, catalog } = this;
    const { orders, proposals } = await catalog.nodes.instructions(node);
    for (const order of orders) {
      await this.before(order.kind);
      await catalog.orders.done(order.id, await this.answer(order));
    }
    for (const proposal of proposals) {
      const readiness = await this.prepare(proposal);
      if (readiness === undefined) continue;
      await catalog.proposals.report({ proposal: proposal.id, node, instance, ...readiness });
    }
  }

  private async stage({ packages }: OpenProposal): Promise<Readiness> {
    for (const { name, sha256 } of packages) {
      if (await this.catalog.blobs.isWhole(sha256)) continue;
      return { state: 'failed', code: 'package-missing', reason: `package-missing: the zip of ${name} is not whole` };
    }
    return { state: 'ready' };
  }

  private async answer({ kind, detail }: NodeOrder): Promise<Record<string, unknown>> {
    if (kind === 'accept-catalog') this.forked = false;
    if (kind !== 'preview' && kind !== 'replay') return { outcome: 'done' };
    const order = replayOrderSchema.parse(detail);
    if (this.forked) {
      const failure = { code: 'forked', detail: 'this node knows another history' };
      return kind === 'preview' ? { failure } : { state: 'forked', reason: failure.detail };
    }
    const plan = await this.plan(order);
    if (kind === 'preview') return { plan };
    if (order.nodePlanDigest !== undefined && order.nodePlanDigest !== nodePlanDigest(plan)) {
      return { state: 'plan-changed', reason: 'the disk is not what it was' };
    }
    return this.make(plan);
  }

  private async plan({ extensions, redeploy }: ReplayOrder): Promise<NodePlan> {
    const { revision, chain, extensions: all } = await this.catalog.wanted();
    const wanted = new Map(all.map((extension) => [extension.name, extension]));
    const wrong = extensions.filter((name) => this.disk.get(name) !== wanted.get(name)?.sha256);
    const right = extensions.filter((name) => !wrong.includes(name));
    const install = wrong.filter((name) => wanted.has(name));
    const deploy = redeploy ? right.filter((name) => wanted.has(name)) : [];
    return {
      node: this.node,
      revision,
      chain,
      install,
      remove: wrong.filter((name) => !wanted.has(name)),
      deploy,
      skip: right.length - deploy.length,
      bytes: install.reduce((sum, name) => sum + (wanted.get(name)?.sizeBytes ?? 0), 0),
    };
  }

  private async make({ install, remove, deploy, skip, bytes, revision }: NodePlan): Promise<Record<string, unknown>> {
    const { extensions } = await this.catalog.wanted();
    for (const { name, sha256 } of extensions) if (install.includes(name)) this.disk.set(name, sha256);
    for (const name of remove) this.disk.delete(name);
    this.deployed.push(...install, ...deploy);
    return { state: 'done', installed: install, removed: remove, deployed: deploy, skipped: skip, bytes, revision };
  }
}
