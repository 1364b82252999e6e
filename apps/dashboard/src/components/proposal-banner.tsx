import type { ProposalView } from '@muster/contracts';
import { count } from '../model/format.js';
import { changesText } from '../model/passage.js';
import { READINESS_LOOKS, summarize, whyOf } from '../model/readiness.js';
import { show } from '../store/dialogs.js';
import { job } from '../store/import-job.js';
import { board } from '../store/live.js';
import { path } from '../store/router.js';
import { ShapeMark } from './basics.js';
import { ProposalNodes, TimeLeft } from './proposal-nodes.js';

/** What waits to be activated on all nodes together, whoever proposed it; not where its own import is in sight anyway. */
export function ProposalBanners() {
  const current = job.value;
  const inSight = current?.step === 'uploading' && path.value[0] === 'import' ? current.proposal : undefined;
  const proposals = (board.value?.proposals ?? []).filter(({ id }) => id !== inSight);
  return (
    <>
      {proposals.map((proposal) => (
        <ProposalBanner key={proposal.id} proposal={proposal} />
      ))}
    </>
  );
}

/** Of more nodes than these only the count is told in the line. */
const NAMED = 2;

function ProposalBanner({ proposal: { id, actor, changes, nodes, expiresAt } }: { proposal: ProposalView }) {
  const { ready, expected, hindering } = summarize(nodes);
  const what = changesText(changes);
  const [worst] = hindering;
  const named = hindering.slice(0, NAMED).map((node) => `${node.node}: ${whyOf(node)}`);
  const others = hindering.length - named.length;
  return (
    <aside class="banner proposal" aria-label={`Proposal: ${what}`}>
      <div>
        <p>
          <ShapeMark look={worst ? READINESS_LOOKS[worst.state] : READINESS_LOOKS.staging} />{' '}
          <strong>{what.charAt(0).toUpperCase() + what.slice(1)}</strong> waits to be activated on all nodes together,
          by {actor}:{' '}
          <span role="status">
            {ready} of {count(expected, 'node')} ready
          </span>
          , <TimeLeft until={expiresAt} />
        </p>
        {worst && (
          <p>
            {named.join('; ')}
            {others > 0 && `; ${count(others, 'more node')}`}
          </p>
        )}
        <details>
          <summary>Nodes</summary>
          <ProposalNodes nodes={nodes} />
        </details>
      </div>
      <button type="button" onClick={() => show({ kind: 'call-off', proposal: id })}>
        Call off…
      </button>
    </aside>
  );
}
