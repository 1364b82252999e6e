import type { ProposalView } from '@muster/contracts';
import { useRef, useState } from 'preact/hooks';
import { age, count } from '../../model/format.js';
import { summarize } from '../../model/readiness.js';
import { callOff } from '../../store/acts.js';
import { dropJob } from '../../store/import-job.js';
import { board } from '../../store/live.js';
import { ProposalNodes, TimeLeft } from '../proposal-nodes.js';

/** An import whose bytes are all there and that waits until every node is ready for it. */
export function ProposalWait({ id, seconds }: { id: string; seconds: number }) {
  const [calledOff, setCalledOff] = useState(false);
  const last = useRef<ProposalView | undefined>(undefined);
  const open = board.value?.proposals.find((proposal) => proposal.id === id);
  last.current = open ?? last.current;
  const end = async (): Promise<void> => {
    if (!open) return dropJob();
    setCalledOff(true);
    setCalledOff(await callOff(id));
  };
  return (
    <>
      {last.current ? (
        <Readiness proposal={last.current} isOver={open === undefined} />
      ) : (
        <p class="muted">The service checks and stores what came, for {age(seconds)}; then the nodes are asked.</p>
      )}
      <p class="buttons">
        <button type="button" disabled={calledOff} onClick={() => void end()}>
          {calledOff ? 'Asked …' : 'Call off'}
        </button>
        <span class="muted">
          Nothing is changed on any node before all are ready. Leave this page open: closing it calls the import off.
        </span>
      </p>
    </>
  );
}

function Readiness({ proposal: { nodes, expiresAt }, isOver }: { proposal: ProposalView; isOver: boolean }) {
  const { ready, expected } = summarize(nodes);
  return (
    <>
      <p class="outcome ready-line">
        <span role="status">
          {ready} of {count(expected, 'node')} ready
        </span>
        {isOver ? <span class="muted">decided; the answer is on its way</span> : <TimeLeft until={expiresAt} />}
      </p>
      <progress max={Math.max(1, expected)} value={ready} aria-label="Nodes that are ready" />
      <ProposalNodes nodes={nodes} />
    </>
  );
}
