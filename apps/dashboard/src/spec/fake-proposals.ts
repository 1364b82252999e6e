import type { BoardSnapshot, ImportPlan, ImportResult, ProposalView } from '@muster/contracts';
import { makeProposal, OFFLINE, readiness, type Said } from './make-proposal.js';
import { secondsAgo } from './make-board.js';
import { ok, refused, type RestAnswer } from './rest-answer.js';

/** The cluster whose nodes get ready. */
export interface ProposalHost {
  readonly board: BoardSnapshot;
  showProposals(proposals: ProposalView[]): void;
  commitAll(changes: ImportPlan['changes']): ImportResult;
}

/** Proposals of a made-up cluster: open ones stand on its board, those that are over are known here. */
export class FakeProposals {
  private readonly over = new Map<string, ProposalView>();
  private readonly waiting = new Map<string, (answer: RestAnswer) => void>();
  private readonly plans = new Map<string, ImportPlan>();

  constructor(private readonly cluster: ProposalHost) {}

  open(id: string, plan: ImportPlan, deadlineSeconds: number): Promise<RestAnswer> {
    const { board } = this.cluster;
    const nodes = board.nodes.map(({ node, state }) =>
      state === 'live' ? readiness(node, 'waiting') : readiness(node, 'absent', OFFLINE),
    );
    const view = makeProposal({ id, baseRevision: plan.revision, changes: plan.changes, nodes }, deadlineSeconds);
    this.plans.set(id, plan);
    this.cluster.showProposals([view, ...board.proposals]);
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  /** A node tells how far it is with all that is open. */
  say(node: string, said: Said): void {
    const changed = { node, since: secondsAgo(0), ...said };
    this.cluster.showProposals(
      this.cluster.board.proposals.map((proposal) => ({
        ...proposal,
        nodes: proposal.nodes.map((one) => (one.node === node ? changed : one)),
      })),
    );
  }

  find(id: string): ProposalView | undefined {
    return this.cluster.board.proposals.find((proposal) => proposal.id === id) ?? this.over.get(id);
  }

  /** All are ready. Without an answer it looks as if the connection had been lost. */
  activate(): void {
    const [{ id } = { id: '' }] = this.cluster.board.proposals;
    const result = this.cluster.commitAll(this.plans.get(id)?.changes ?? []);
    this.end(id, { state: 'activated', revision: result.revision });
    this.waiting.get(id)?.(ok({ ...result, proposal: id }, 201));
  }

  expire(): void {
    const [{ id } = { id: '' }] = this.cluster.board.proposals;
    const view = this.end(id, { state: 'void', reason: 'its deadline passed' });
    if (!view) return;
    const ready = view.nodes.filter(({ state }) => state === 'ready').length;
    const actual = `${ready} of ${view.nodes.length} nodes ready`;
    const why = view.nodes.map(({ node, reason }) => `${node}: ${reason ?? 'is still at work'}`).join('; ');
    const detail = `${actual} within 60 s, and nothing was changed on any node: ${why}`;
    const remedy = 'Clear the reasons and import again; or import without activate=together.';
    const told = { nodes: view.nodes, limit: '60 s', actual, remedy };
    this.waiting.get(id)?.(refused(409, 'not-all-ready', detail, told));
  }

  callOff(id: string): ProposalView | undefined {
    const view = this.end(id, { state: 'void', reason: 'ana called it off' });
    if (!view) return undefined;
    const detail = `the proposal ${id} came to nothing: ana called it off`;
    this.waiting.get(id)?.(refused(409, 'proposal-void', detail, { nodes: view.nodes }));
    return view;
  }

  private end(id: string, how: Pick<ProposalView, 'state' | 'reason' | 'revision'>): ProposalView | undefined {
    const { proposals } = this.cluster.board;
    const open = proposals.find((proposal) => proposal.id === id);
    if (!open) return undefined;
    const view = { ...open, ...how, settledAt: secondsAgo(0) };
    this.over.set(id, view);
    this.cluster.showProposals(proposals.filter((proposal) => proposal !== open));
    return view;
  }
}
