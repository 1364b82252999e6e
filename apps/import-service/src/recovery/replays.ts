import type { Catalog, ExpectedNode, OutboxOptions, ReplayRange } from '@muster/catalog';
import { nodePlanDigest } from '@muster/contracts';
import type { ReplayList, ReplayPreview, ReplayRequest, ReplayStarted, ReplayView } from '@muster/contracts';
import {
  PlanChanged,
  extensionNotIn,
  nodeRetired,
  nodeUnknown,
  rangeRefused,
  replayUnknown,
} from './recovery-problems.js';
import type { ReplayPlanner } from './replay-planner.js';
import type { ReplayPublisher } from './replay-publisher.js';

export interface ReplaysParts {
  readonly catalog: Catalog;
  readonly outbox: OutboxOptions;
  readonly planner: ReplayPlanner;
  readonly publisher: ReplayPublisher;
  /** After so long a node that was absent no longer carries its part out. */
  readonly expiresAfterMs: number;
}

/** What a request comes to on the catalog as it is. */
interface Scope {
  readonly range: ReplayRange;
  readonly extensions: readonly string[];
  readonly nodes: readonly ExpectedNode[];
}

/** Events published again for recovery, and what each node makes of them. */
export class Replays {
  constructor(private readonly parts: ReplaysParts) {}

  /**
   * What each node would do, by what stands on its disk now. Nothing is changed.
   *
   * @throws HttpProblem `revision-unknown`, `replay-range-empty`, `extension-unknown`, `node-unknown`, `node-retired`,
   *   `too-many-plans`
   */
  async preview(request: ReplayRequest, actor: string, signal: AbortSignal): Promise<ReplayPreview> {
    return this.plan(await this.scope(request), request, actor, signal);
  }

  /**
   * Plans, and where that is still what the asker agreed to, or nothing was agreed: gives each node its part and has the
   * events published.
   *
   * @throws HttpProblem as `preview`; 409 `plan-changed`: nothing was done
   */
  async start(request: ReplayRequest, actor: string, signal: AbortSignal): Promise<ReplayStarted> {
    const { catalog, outbox, publisher, expiresAfterMs } = this.parts;
    const scope = await this.scope(request);
    const plan = await this.plan(scope, request, actor, signal);
    const { planDigest, redeploy } = request;
    if (planDigest !== undefined && planDigest !== plan.planDigest) throw new PlanChanged(planDigest, plan);
    const digests = new Map(planDigest === undefined ? [] : plan.nodes.map((one) => [one.node, nodePlanDigest(one)]));
    const orders = scope.nodes.map(({ node }) => {
      const agreed = digests.get(node);
      const detail = { extensions: [...scope.extensions], redeploy };
      return { node, detail: agreed === undefined ? detail : { ...detail, nodePlanDigest: agreed } };
    });
    const created = await catalog.replays.create(
      {
        from: plan.from,
        to: plan.to,
        ...(request.extensions !== undefined && { extensions: scope.extensions }),
        ...(request.nodes !== undefined && { nodes: scope.nodes.map(({ node }) => node) }),
        redeploy,
        ...(planDigest !== undefined && { planDigest }),
        actor,
        expiresAfterMs,
        orders,
      },
      outbox,
    );
    publisher.wake();
    return { ...plan, ...created };
  }

  async find(id: string): Promise<ReplayView> {
    const found = await this.parts.catalog.replays.find(id);
    if (found === undefined) throw replayUnknown(id);
    return found;
  }

  /** The newest first. */
  async latest(limit: number): Promise<ReplayList> {
    return { replays: await this.parts.catalog.replays.latest(limit) };
  }

  private async plan(scope: Scope, { redeploy }: ReplayRequest, actor: string, signal: AbortSignal) {
    const { from, to } = scope.range;
    const detail = { extensions: [...scope.extensions], redeploy };
    return { from, to, ...(await this.parts.planner.plan(scope.nodes, detail, actor, signal)) };
  }

  private async scope({ from, to, extensions, nodes }: ReplayRequest): Promise<Scope> {
    const { replays } = this.parts.catalog;
    const range = await replays.range(from, to);
    if (!range.ok) throw rangeRefused(range);
    const inRange = await replays.extensionsOf(range);
    const unknown = (extensions ?? []).filter((name) => !inRange.includes(name));
    if (unknown.length > 0) throw extensionNotIn(`the range from revision ${range.from} to ${range.to}`, unknown);
    const meant = extensions === undefined ? inRange : inRange.filter((name) => extensions.includes(name));
    return { range, extensions: meant, nodes: await this.nodes(nodes) };
  }

  private async nodes(asked: readonly string[] | undefined): Promise<readonly ExpectedNode[]> {
    const { nodes } = this.parts.catalog;
    if (asked === undefined) return nodes.expected();
    const found = await nodes.find(asked);
    const unknown = asked.filter((id) => !found.some(({ node }) => node === id));
    if (unknown.length > 0) throw nodeUnknown([...new Set(unknown)]);
    const retired = found.filter(({ retiredAt }) => retiredAt !== undefined);
    if (retired.length > 0) throw nodeRetired(retired.map(({ node }) => node));
    return found;
  }
}
