import type { RangeRefused } from '@muster/catalog';
import type { ReplayPreview } from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';

const MAX_NAMED = 10;

function named(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).map((name) => JSON.stringify(name));
  return names.length > MAX_NAMED ? `${shown.join(', ')} and ${names.length - MAX_NAMED} more` : shown.join(', ');
}

/** 404 `revision-unknown`, 409 `replay-range-empty`. */
export function rangeRefused({ code, detail, limit, actual }: RangeRefused): HttpProblem {
  return new HttpProblem(code === 'revision-unknown' ? 404 : 409, code, detail, {
    ...(limit !== undefined && { limit }),
    ...(actual !== undefined && { actual }),
    remedy: 'GET /revisions lists the history, with the times.',
  });
}

/** 404: none of these nodes has enrolled. */
export function nodeUnknown(nodes: readonly string[]): HttpProblem {
  return new HttpProblem(404, 'node-unknown', `no node has enrolled as ${named(nodes)}`, {
    remedy: 'GET /nodes of the status-service lists those that have.',
  });
}

/** 409: nobody expects these nodes any more. */
export function nodeRetired(nodes: readonly string[]): HttpProblem {
  return new HttpProblem(409, 'node-retired', `the node ${named(nodes)} is retired`, {
    remedy: 'Start its agent: a retired node that comes back is expected again.',
  });
}

/** 409: whoever is alive is expected. */
export function nodeLive(node: string): HttpProblem {
  return new HttpProblem(409, 'node-live', `the node ${named([node])} is alive: its agent holds the id by a lease`, {
    remedy: 'Stop its agent first; after a crash the lease runs out by itself. Or hold it: PUT /nodes/{id}/pause.',
  });
}

/** 404: the history, or the range of it, does not name these extensions. */
export function extensionNotIn(where: string, extensions: readonly string[]): HttpProblem {
  return new HttpProblem(404, 'extension-unknown', `${where} does not name ${named(extensions)}`, {
    remedy: 'GET /revisions lists what each revision changed; names are case-sensitive.',
  });
}

/** 404: no such replay. */
export function replayUnknown(id: string): HttpProblem {
  return new HttpProblem(404, 'replay-unknown', `there is no replay ${JSON.stringify(id.slice(0, 64))}`, {
    remedy: 'GET /replays lists the latest.',
  });
}

/** 404: this node was not given this order. */
export function orderUnknown(node: string, id: string): HttpProblem {
  return new HttpProblem(404, 'order-unknown', `${node} was not given an order ${JSON.stringify(id.slice(0, 64))}`, {
    remedy: `GET /nodes/${node}/orders lists its latest.`,
  });
}

/** 400: the node takes the catalog as a whole. */
export function extensionsNotAllowed(): HttpProblem {
  return new HttpProblem(400, 'extensions-not-allowed', 'a catalog is accepted as a whole, not for some extensions', {
    remedy: 'Leave "extensions" out.',
  });
}

export function tooManyPlans(limit: number): HttpProblem {
  return new HttpProblem(429, 'too-many-plans', `${limit} replays are being planned on this service already`, {
    limit,
    actual: limit + 1,
    remedy: 'Send it again when one of them has been answered.',
    retryAfterSeconds: 5,
  });
}

export function serviceStops(): HttpProblem {
  return new HttpProblem(503, 'stopping', 'the service stops; ask again', { retryAfterSeconds: 1 });
}

/** Nobody reads this answer; the audit and the metrics do. */
export function askerGone(): HttpProblem {
  return new HttpProblem(499, 'client-gone', 'the client went away before the nodes had said what they would do');
}

/** 409: what the nodes would do now is not what the asker agreed to. It carries what they would do. */
export class PlanChanged extends HttpProblem {
  constructor(
    agreed: string,
    readonly plan: ReplayPreview,
  ) {
    super(409, 'plan-changed', `the plan ${agreed} no longer holds; nothing was done`, {
      actual: plan.planDigest,
      remedy: 'Look at the plan in this answer, and ask again with its planDigest.',
    });
  }
}
