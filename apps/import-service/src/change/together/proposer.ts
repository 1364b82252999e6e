import type { Catalog, Committed, OutboxOptions, RevisionDraft } from '@muster/catalog';
import type { ImportResult, ProposedPackage } from '@muster/contracts';
import { proposalExists } from '../../problems/proposal-problems.js';
import type { Attempt } from '../attempt.js';
import type { LandingPlan } from '../landing-plan.js';
import type { PlannedChange } from '../locked-change.js';
import type { OriginNode } from '../origin-node.js';

export interface ProposalTerms {
  /** A UUID that nobody has used before. */
  readonly id: string;
  readonly deadlineMs: number;
}

/** A proposal that is open, and what it becomes when every node is ready. */
export interface Proposed extends ProposalTerms {
  readonly kind: 'proposed';
  readonly draft: RevisionDraft;
  readonly purpose: string;
  readonly answer: (committed: Committed) => ImportResult;
}

export interface ProposerParts {
  readonly origin: Pick<OriginNode, 'refuseForked'>;
  readonly proposals: Pick<Catalog['proposals'], 'make'>;
  readonly outbox: OutboxOptions;
}

/** Asks every node to stage packages that are stored already; this node's own agent is one of them, so nothing is switched here. */
export class Proposer {
  constructor(private readonly parts: ProposerParts) {}

  async propose(plan: LandingPlan, terms: ProposalTerms, attempt: Attempt): Promise<ImportResult | Proposed> {
    const { origin, proposals, outbox } = this.parts;
    attempt.clock.enter('plan');
    await origin.refuseForked();
    const planned = await plan.make();
    if (planned.kind === 'nothing') return planned.answer;
    const { id, deadlineMs } = terms;
    const { draft, wanted } = planned;
    attempt.clock.enter('propose');
    const made = await proposals.make(
      {
        id,
        actor: draft.actor,
        base: { revision: wanted.revision, chain: wanted.chain },
        changes: plan.changes,
        packages: proposedIn(planned),
        deadlineMs,
      },
      outbox,
    );
    if (!made) throw proposalExists(id);
    return {
      kind: 'proposed',
      id,
      deadlineMs,
      // The commit is found by this id, whatever becomes of the connection.
      draft: { ...draft, ...outbox, importId: id, proposal: id },
      purpose: plan.landing.purpose,
      answer: (committed) => ({ ...plan.answer(committed), proposal: id }),
    };
  }
}

/** What nodes are told of each package, in the order in which they are brought. */
function proposedIn({ draft, wanted }: PlannedChange): { package: ProposedPackage; blob?: string }[] {
  return draft.changes.flatMap((change) => {
    if (change.action === 'remove') return [];
    const { sha256, blob } = change.package;
    const target = wanted.extensions.find((extension) => extension.sha256 === sha256);
    if (target === undefined) throw new TypeError(`the package ${sha256} is not in what its own plan wants`);
    const { name, version, treeDigest, sizeBytes, unpackedBytes, revision, dependsOn, succeeds } = target;
    const sizes = { sizeBytes, unpackedBytes };
    return {
      package: {
        name,
        version,
        sha256,
        treeDigest,
        ...sizes,
        revision,
        dependsOn: [...dependsOn],
        succeeds: [...(succeeds ?? [])],
      },
      ...(blob !== undefined && { blob }),
    };
  });
}
