import type { NodeReadiness, ProposalView, ReadinessState } from '@muster/contracts';
import { secondsAgo } from './make-board.js';

export type Said = Pick<NodeReadiness, 'state'> & Partial<Pick<NodeReadiness, 'code' | 'reason'>>;

export const OFFLINE = { code: 'node-offline', reason: 'has not been heard of since 11:58:04' };

export function readiness(
  node: string,
  state: ReadinessState,
  more: Partial<Said> = {},
  ageSeconds = 0,
): NodeReadiness {
  return { node, since: secondsAgo(ageSeconds), ...more, state };
}

export function makeProposal(
  what: Pick<ProposalView, 'id' | 'baseRevision' | 'changes' | 'nodes'>,
  secondsLeft: number,
): ProposalView {
  return {
    ...what,
    state: 'open',
    actor: 'ana',
    createdAt: secondsAgo(0),
    expiresAt: secondsAgo(-secondsLeft),
  };
}
