import type { RevisionPassage } from '@muster/contracts';
import { age, count, duration, secondsBetween } from '../model/format.js';
import { changesText, summaryOf } from '../model/passage.js';
import { serverNow } from '../store/clock.js';
import { to } from '../store/router.js';
import { ProblemNote, ShapeMark, Waiting } from './basics.js';
import { lookOf } from './revision-item.js';
import { StageBars } from './stage-bars.js';
import { isUnderWay, useTimeline } from './timeline.js';

/** How a committed revision reaches one node after another, live; the same address shows the same place again. */
export function ConvergingRevision({ revision }: { revision: number }) {
  const { value, problem } = useTimeline<RevisionPassage>(`/timeline/${revision}`, isUnderWay);
  if (!value && problem) return <ProblemNote problem={problem} title={`Revision ${revision} cannot be read`} />;
  if (!value) return <Waiting what={`revision ${revision}`} />;
  const { proven, expected, seconds, parked, absent, underWay } = summaryOf(value);
  const done = underWay === 0;
  return (
    <section class="panel converging" aria-labelledby="converging-title">
      <h3 id="converging-title">
        <ShapeMark look={lookOf(value)} /> {changesText(value.changes)}{' '}
        <a class="muted" href={to.revision(revision)}>
          revision {revision}
        </a>
      </h3>
      <p class="steps">
        <span class="done">committed</span>
        <span class={value.publishedAt === undefined ? '' : 'done'}>published</span>
        <span class={proven === expected ? 'done' : ''}>
          {proven} of {count(expected, 'node')} proven
        </span>
      </p>
      <p role="status" class="outcome">
        {seconds !== undefined && `Converged on ${count(expected, 'node')} in ${duration(seconds)}.`}
        {seconds === undefined && !done && `Under way for ${age(secondsBetween(value.committedAt, serverNow()))}.`}
        {parked.length > 0 && ` Parked on ${parked.join(', ')}.`}
        {absent > 0 && ` ${count(absent, 'node')} absent: brought up to date on return.`}
      </p>
      {parked.length > 0 && (
        <p class="buttons">
          <a class="button" href={to.why(parked[0], value.changes[0]?.extension)}>
            Why?
          </a>
        </p>
      )}
      <StageBars nodes={value.nodes} />
    </section>
  );
}
