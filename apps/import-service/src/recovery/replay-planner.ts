import type { Catalog, ExpectedNode, OrderProgress, OutboxOptions } from '@muster/catalog';
import { previewResultSchema, replayPlanDigest } from '@muster/contracts';
import type { NodePlan, PlanFailure, ReplayOrder, ReplayPreview } from '@muster/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import { askerGone, serviceStops, tooManyPlans } from './recovery-problems.js';

export interface ReplayPlannerParts {
  readonly catalog: Catalog;
  readonly outbox: OutboxOptions;
  /** How long the nodes may take to look at what stands on their disks. */
  readonly timeoutMs: number;
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal;
}

export type ReplayPlan = Pick<ReplayPreview, 'planDigest' | 'nodes' | 'unplanned'>;

/** Plans that may be waited for at once: each makes every node hash what it names. */
const MAX_PLANS = 4;
/** An order to plan lives for so much longer than it is waited for. */
const EXPIRY_GRACE_MS = 5_000;
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 250;

/** Asks nodes what they would do. Each hashes what stands on its disk; nobody changes anything. */
export class ReplayPlanner {
  private running = 0;

  constructor(private readonly parts: ReplayPlannerParts) {}

  /**
   * The plans of these nodes, sorted by node. Who is known to be away is not waited for; who gives no plan in time is named.
   *
   * @throws HttpProblem 429 `too-many-plans`, 499 `client-gone`, 503 `stopping`
   */
  async plan(
    nodes: readonly ExpectedNode[],
    detail: Omit<ReplayOrder, 'replayId' | 'nodePlanDigest'>,
    actor: string,
    signal: AbortSignal,
  ): Promise<ReplayPlan> {
    if (this.running >= MAX_PLANS) throw tooManyPlans(MAX_PLANS);
    this.running += 1;
    try {
      const present = nodes.filter(({ leased }) => leased);
      const absent = nodes.filter(({ leased }) => !leased);
      const answers = await this.ask(present, detail, actor, signal);
      const plans = answers.flatMap((answer) => ('plan' in answer ? [answer.plan] : []));
      const failures = [
        ...answers.flatMap((answer) => ('failure' in answer ? [answer.failure] : [])),
        ...absent.map(absence),
      ].sort((left, right) => (left.node < right.node ? -1 : 1));
      return { planDigest: replayPlanDigest(plans, failures), nodes: plans, unplanned: failures };
    } finally {
      this.running -= 1;
    }
  }

  private async ask(
    nodes: readonly ExpectedNode[],
    detail: Omit<ReplayOrder, 'replayId' | 'nodePlanDigest'>,
    actor: string,
    signal: AbortSignal,
  ): Promise<Answer[]> {
    const { catalog, outbox, timeoutMs } = this.parts;
    const expiresAfterMs = timeoutMs + EXPIRY_GRACE_MS;
    const orders = nodes.map(({ node }) => ({ node, kind: 'preview' as const, detail, actor, expiresAfterMs }));
    const ids = await catalog.orders.give(orders, outbox);
    const progress = new Map((await this.wait(ids, signal)).map((one) => [one.node, one]));
    return nodes.map(({ node }) => answerOf(node, progress.get(node), timeoutMs));
  }

  /** Until all have answered, or those that have not have gone away meanwhile, or the time has run out. */
  private async wait(ids: readonly string[], client: AbortSignal): Promise<OrderProgress[]> {
    const deadline = performance.now() + this.parts.timeoutMs;
    for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_POLL_MS)) {
      const progress = await this.parts.catalog.orders.progress(ids);
      const remainingMs = deadline - performance.now();
      if (remainingMs <= 0 || progress.every(({ done, leased }) => done || !leased)) return progress;
      await this.pause(Math.min(pauseMs, remainingMs), client);
    }
  }

  private async pause(pauseMs: number, client: AbortSignal): Promise<void> {
    const { stopping } = this.parts;
    try {
      await delay(pauseMs, undefined, { signal: AbortSignal.any([client, stopping]) });
    } catch {
      throw stopping.aborted ? serviceStops() : askerGone();
    }
  }
}

type Answer = { readonly plan: NodePlan } | { readonly failure: PlanFailure };

function answerOf(node: string, progress: OrderProgress | undefined, timeoutMs: number): Answer {
  if (progress?.done !== true) {
    if (progress?.leased !== true)
      return { failure: { node, code: 'node-absent', detail: `${node} does not report any more` } };
    const detail = `${node} lives and gave no plan within ${timeoutMs / 1000} s; GET /node of its agent says what it does`;
    return { failure: { node, code: 'no-answer', detail } };
  }
  const parsed = previewResultSchema.safeParse(progress.result);
  if (!parsed.success) {
    return {
      failure: { node, code: 'answer-unreadable', detail: `${node} gave an answer that this version cannot read` },
    };
  }
  if ('plan' in parsed.data) return { plan: { ...parsed.data.plan, node } };
  return { failure: { node, ...parsed.data.failure } };
}

function absence({ node, stoppedAt }: ExpectedNode): PlanFailure {
  const why = stoppedAt === undefined ? 'does not report' : `was stopped at ${stoppedAt}`;
  return { node, code: 'node-absent', detail: `${node} ${why}; it carries its part out when it comes back` };
}
