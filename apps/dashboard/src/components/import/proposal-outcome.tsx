import type { ProposalView } from '@muster/contracts';
import { useComputed } from '@preact/signals';
import { changesText } from '../../model/passage.js';
import { tick } from '../../store/clock.js';
import { to } from '../../store/router.js';
import { useRead } from '../../store/use-read.js';
import { Waiting, sentence } from '../basics.js';
import { ProposalNodes, TimeLeft } from '../proposal-nodes.js';

const AGAIN_EVERY_MS = 2_000;

/** What became of an import that was to be activated together and whose answer was lost: the catalog knows. */
export function ProposalOutcome({ id }: { id: string }) {
  const beat = useComputed(() => Math.floor(tick.value / AGAIN_EVERY_MS));
  const { value, problem } = useRead<ProposalView>(`/proposals/${id}`, beat.value);
  if (value) return <Outcome proposal={value} />;
  if (problem?.code === 'proposal-unknown')
    return <p class="well">The catalog knows nothing of it: it had not got so far, and nothing was changed.</p>;
  return <Waiting what="what became of it" />;
}

function Outcome({ proposal: { state, reason, revision, changes, nodes, expiresAt } }: { proposal: ProposalView }) {
  if (state === 'activated')
    return (
      <p class="well">
        All nodes were ready: {changesText(changes)} is <a href={to.revision(revision ?? 0)}>revision {revision}</a>.
      </p>
    );
  return (
    <>
      <p class="well">
        {state === 'open' ? (
          <>
            The nodes still get ready for it, <TimeLeft until={expiresAt} />.
          </>
        ) : (
          `It came to nothing, and nothing was changed on any node: ${sentence(reason ?? 'it is over')}`
        )}
      </p>
      <ProposalNodes nodes={nodes} />
    </>
  );
}
