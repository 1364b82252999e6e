import type { RevisionPassage, Timeline } from '@muster/contracts';
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { tick } from '../store/clock.js';
import { connection, revisionsTold } from '../store/live.js';
import { to } from '../store/router.js';
import { useRead, type Reading } from '../store/use-read.js';
import { ProblemNote, Waiting } from './basics.js';
import { RevisionItem } from './revision-item.js';

const OVERVIEW_REVISIONS = 12;
const OPEN_EVERY_MS = 2_000;

/** Read again when a revision is told; every two seconds while one is open, for the nodes' bars. */
export function useTimeline<T>(url: string, isOpen: (value: T) => boolean): Reading<T> {
  const open = useSignal(false);
  const stamp = useComputed(() => {
    const beat = open.value ? Math.floor(tick.value / OPEN_EVERY_MS) : 0;
    return `${revisionsTold.value} ${connection.value} ${beat}`;
  });
  const reading = useRead<T>(url, stamp.value);
  const isOpenNow = reading.value !== undefined && isOpen(reading.value);
  useEffect(() => {
    open.value = isOpenNow;
  }, [isOpenNow, open]);
  return reading;
}

export function isUnderWay({ nodes }: RevisionPassage): boolean {
  return nodes.some(({ state }) => state === 'under-way');
}

export function someOpen({ revisions }: Timeline): boolean {
  return revisions.slice(0, 3).some(isUnderWay);
}

export function TimelinePanel() {
  const { value, problem } = useTimeline<Timeline>(`/timeline?limit=${OVERVIEW_REVISIONS}`, someOpen);
  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <header class="panel-head">
        <h2 id="timeline-title">Revisions</h2>
        <a href={to.revisions()}>All</a>
      </header>
      {problem && !value && <ProblemNote problem={problem} title="The revisions cannot be read" />}
      {!value && !problem && <Waiting what="the revisions" />}
      {value && value.revisions.length === 0 && <p class="muted nothing">No revision yet.</p>}
      {value && (
        <ol class="revisions">
          {value.revisions.map((revision) => (
            <RevisionItem key={revision.revision} revision={revision} />
          ))}
        </ol>
      )}
    </section>
  );
}
