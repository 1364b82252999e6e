import { describeNotReady } from '@muster/catalog';
import type { ProposalView } from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';

const NOTHING_CHANGED = 'nothing was changed on any node';

/** 409: its deadline passed, and some nodes were not ready. */
export function notAllReady({ nodes }: ProposalView, deadlineMs: number): HttpProblem {
  const ready = nodes.filter(({ state }) => state === 'ready').length;
  const seconds = deadlineMs / 1_000;
  const why = nodes.length === 0 ? 'no node has enrolled' : describeNotReady(nodes);
  const detail = `${ready} of ${nodes.length} nodes got ready within ${seconds} s, and ${NOTHING_CHANGED}: ${why || 'the last came too late'}`;
  return new HttpProblem(409, 'not-all-ready', detail, {
    limit: `${seconds} s`,
    actual: `${ready} of ${nodes.length} nodes ready`,
    remedy:
      'Clear the reasons and import again, with a longer deadline where a node only needs time; or import without activate=together: nodes that cannot come now follow as soon as they can.',
    step: 'ready',
    undone: ['the proposal was called off, and every node removes what it had staged'],
    nodes,
  });
}

/** 409: it was called off before every node was ready. */
export function proposalCalledOff({ id, reason, nodes }: Pick<ProposalView, 'id' | 'reason' | 'nodes'>): HttpProblem {
  return new HttpProblem(409, 'proposal-void', `the proposal ${id} came to nothing: ${reason ?? 'it is over'}`, {
    remedy: 'Import again when what is against it is settled.',
    step: 'ready',
    undone: ['every node removes what it had staged'],
    nodes,
  });
}

/** 503: this service stops, and nobody else waits for the nodes. */
export function proposalLeft(id: string): HttpProblem {
  return new HttpProblem(503, 'service-stopping', `this service stops, so the proposal ${id} was called off`, {
    remedy: 'Import again in a moment, or through another origin.',
    retryAfterSeconds: 10,
    step: 'ready',
    undone: ['every node removes what it had staged'],
  });
}

/** 409: the id that the request gave is used up. */
export function proposalExists(id: string): HttpProblem {
  return new HttpProblem(409, 'proposal-exists', `there is a proposal ${id} already`, {
    remedy: 'Leave ?proposal= out, or make a new UUID for each import.',
    undone: [],
  });
}

/** 404. */
export function proposalUnknown(id: string): HttpProblem {
  return new HttpProblem(404, 'proposal-unknown', `there is no proposal ${JSON.stringify(id.slice(0, 64))}`, {
    remedy: 'GET /proposals lists the latest.',
  });
}

/** 409: there is nothing left to call off. */
export function proposalSettled({ id, state, revision }: ProposalView): HttpProblem {
  const became = state === 'activated' ? `became revision ${revision}` : 'came to nothing';
  return new HttpProblem(409, 'proposal-settled', `the proposal ${id} is over: it ${became}`, {
    remedy:
      state === 'activated'
        ? 'Undo it like any import: POST /extensions/{name}/rollback, or DELETE /extensions/{name}.'
        : 'There is nothing to call off.',
  });
}
