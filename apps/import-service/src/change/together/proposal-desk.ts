import type { Catalog, OutboxOptions } from '@muster/catalog';
import type { ProposalList, ProposalView } from '@muster/contracts';
import { proposalSettled, proposalUnknown } from '../../problems/proposal-problems.js';

export interface ProposalDeskParts {
  readonly proposals: Pick<Catalog['proposals'], 'find' | 'list' | 'void'>;
  readonly outbox: OutboxOptions;
}

export interface ListTerms {
  readonly state?: 'open' | undefined;
  readonly limit: number;
}

/** What is proposed, how far every node is with it, and its end before it is activated. */
export class ProposalDesk {
  constructor(private readonly parts: ProposalDeskParts) {}

  async list({ state, limit }: ListTerms): Promise<ProposalList> {
    return { proposals: await this.parts.proposals.list({ limit, ...(state !== undefined && { state }) }) };
  }

  /** @throws HttpProblem `proposal-unknown` */
  async find(id: string): Promise<ProposalView> {
    const found = await this.parts.proposals.find(id);
    if (found === undefined) throw proposalUnknown(id);
    return found;
  }

  /** @throws HttpProblem `proposal-unknown`, `proposal-settled` */
  async callOff(id: string, actor: string): Promise<ProposalView> {
    const { proposals, outbox } = this.parts;
    const { state } = await this.find(id);
    const ended = state === 'open' && (await proposals.void(id, `${actor} called it off`, outbox));
    const now = await this.find(id);
    if (!ended) throw proposalSettled(now);
    return now;
  }
}
