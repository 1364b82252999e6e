import type { RevisionPassage } from '@muster/contracts';
import { changesText, summaryOf } from '../model/passage.js';
import { count, duration } from '../model/format.js';
import { EXTENSION_LOOKS, NODE_LOOKS, type Look } from '../model/looks.js';
import { to } from '../store/router.js';
import { Clock, ShapeMark } from './basics.js';
import { PassageStrip } from './passage-strip.js';

/** One revision as the timeline lists it: what, who, when, and how far it came. */
export function RevisionItem({ revision }: { revision: RevisionPassage }) {
  const { proven, expected, seconds, parked, absent } = summaryOf(revision);
  const look = lookOf(revision);
  return (
    <li class="revision">
      <a class="revision-head" href={to.revision(revision.revision)}>
        <span class="number">{revision.revision}</span>
        <span class="what">{changesText(revision.changes)}</span>
      </a>
      <p class="muted who">
        {revision.actor} · <Clock time={revision.committedAt} />
      </p>
      <p class="how-far">
        <ShapeMark look={look} />
        <span>
          {seconds === undefined
            ? `${proven} of ${count(expected, 'node')} proven`
            : `${count(expected, 'node')} in ${duration(seconds)}`}
          {parked.length > 0 && ` · parked on ${parked.length === 1 ? parked[0] : count(parked.length, 'node')}`}
          {absent > 0 && ` · ${absent} absent`}
          {revision.publishedAt === undefined && ' · not published yet'}
        </span>
      </p>
      <PassageStrip nodes={revision.nodes} />
    </li>
  );
}

export function lookOf(revision: RevisionPassage): Look {
  const { parked, absent, underWay } = summaryOf(revision);
  if (parked.length > 0) return EXTENSION_LOOKS.parked;
  if (underWay > 0) return NODE_LOOKS.behind;
  return absent > 0 ? NODE_LOOKS.offline : EXTENSION_LOOKS['in-sync'];
}
