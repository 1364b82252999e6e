import type { NodeReport } from '@muster/contracts';
import type { AgentState } from './agent-state.js';

/** What waits on this node, in the order in which it will be done: the plan's steps, then what events have announced. */
export function queueView(
  state: Pick<AgentState, 'steps' | 'progress' | 'announced' | 'wanted' | 'applied'>,
): NodeReport['queue'] {
  const head = state.wanted?.revision ?? state.applied.revision;
  const planned = state.steps
    .filter(({ name }) => state.progress.get(name)?.state === 'queued')
    .map((step) => ({ extension: step.name, revision: step.kind === 'remove' ? head : step.wanted.revision }));
  const known = new Set(planned.map(({ extension, revision }) => `${extension} ${revision}`));
  const announced = [...state.announced]
    .map(([extension, revision]) => ({ extension, revision }))
    .filter(({ extension, revision }) => !known.has(`${extension} ${revision}`))
    .sort((left, right) => left.revision - right.revision);
  return [...planned, ...announced];
}
