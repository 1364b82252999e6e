import type { RevisionPassage, Timeline } from '@muster/contracts';
import { useState } from 'preact/hooks';
import { Clock, Command, Fact, ProblemNote, Waiting } from '../components/basics.js';
import { RevisionItem } from '../components/revision-item.js';
import { StageBars } from '../components/stage-bars.js';
import { isUnderWay, someOpen, useTimeline } from '../components/timeline.js';
import { bytes, count, duration } from '../model/format.js';
import { changeText, summaryOf } from '../model/passage.js';
import { show } from '../store/dialogs.js';
import { to } from '../store/router.js';

const PAGE = 30;

export function RevisionsPage() {
  const [limit, setLimit] = useState(PAGE);
  const { value, problem } = useTimeline<Timeline>(`/timeline?limit=${limit}`, someOpen);
  return (
    <div class="page">
      <h2 class="page-title">Revisions</h2>
      <section class="panel">
        {problem && !value && <ProblemNote problem={problem} title="The revisions cannot be read" />}
        {!value && !problem && <Waiting what="the revisions" />}
        {value?.revisions.length === 0 && <p class="muted">No revision yet. The first import makes revision 1.</p>}
        <ol class="revisions long">
          {value?.revisions.map((revision) => (
            <RevisionItem key={revision.revision} revision={revision} />
          ))}
        </ol>
        {value?.next !== undefined && (
          <button type="button" onClick={() => setLimit(limit + PAGE)}>
            Show more
          </button>
        )}
      </section>
    </div>
  );
}

export function RevisionPage({ revision }: { revision: number }) {
  const { value, problem } = useTimeline<RevisionPassage>(`/timeline/${revision}`, isUnderWay);
  return (
    <div class="page">
      <p class="crumbs">
        <a href={to.revisions()}>Revisions</a>
      </p>
      <h2 class="page-title">Revision {revision}</h2>
      {problem && !value && <ProblemNote problem={problem} title={`Revision ${revision} cannot be read`} />}
      {!value && !problem && <Waiting what={`revision ${revision}`} />}
      {value && <Passage value={value} />}
    </div>
  );
}

function Passage({ value }: { value: RevisionPassage }) {
  const { proven, expected, seconds } = summaryOf(value);
  return (
    <>
      <section class="panel" aria-label="Summary">
        <ul class="changes">
          {value.changes.map((change) => (
            <li key={change.extension}>
              <span class={`action action-${change.action}`}>{change.action}</span>
              <a href={to.extension(change.extension)}>{change.extension}</a>{' '}
              {changeText({ ...change, extension: '' }).slice(change.action.length + 2)}
              <span class="muted"> {bytes(change.sizeBytes)}</span>
            </li>
          ))}
        </ul>
        <dl class="facts">
          <Fact name="By">{value.actor}</Fact>
          <Fact name="Committed">
            <Clock time={value.committedAt} />
          </Fact>
          <Fact name="Published">
            {value.publishedAt === undefined ? 'not yet' : <Clock time={value.publishedAt} />}
          </Fact>
          <Fact name="Proven">
            {proven} of {count(expected, 'node')}
          </Fact>
          <Fact name="Converged">{seconds === undefined ? 'not yet' : `in ${duration(seconds)}`}</Fact>
        </dl>
        {value.traceparent !== undefined && <Command text={value.traceparent} />}
      </section>
      <section class="panel" aria-label="Nodes">
        <StageBars nodes={value.nodes} />
      </section>
      <p>
        <button type="button" onClick={() => show({ kind: 'replay', from: value.revision })}>
          Replay from here with preview…
        </button>
      </p>
    </>
  );
}
