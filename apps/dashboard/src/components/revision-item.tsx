import type { RevisionPassage } from '@muster/contracts';
import { changeText, changesText, summaryOf } from '../model/passage.js';
import { count, duration } from '../model/format.js';
import { EXTENSION_LOOKS, NODE_LOOKS, type Look } from '../model/looks.js';
import { to } from '../store/router.js';
import { Clock, ShapeMark } from './basics.js';
import { PassageStrip } from './passage-strip.js';

/** Up to so many their bars stand beside the words. */
const FEW_NODES = 12;

/** One revision as the timeline lists it: what, who, when, and how far it came. */
export function RevisionItem({ revision }: { revision: RevisionPassage }) {
  const { proven, expected, seconds, parked, absent } = summaryOf(revision);
  const look = lookOf(revision);
  return (
    <li class={revision.nodes.length > FEW_NODES ? 'revision many' : 'revision'}>
      <a
        class="revision-head"
        href={to.revision(revision.revision)}
        title={revision.changes.map(changeText).join('\n')}
      >
        <span class="number">{revision.revision}</span>
        <Changes changes={revision.changes} />
      </a>
      <span class="muted when">
        <Clock time={revision.committedAt} />
      </span>
      <p class="how-far">
        <ShapeMark look={look} />
        <span>
          {seconds === undefined
            ? `${proven} of ${count(expected, 'node')} proven`
            : `${count(expected, 'node')} in ${duration(seconds)}`}
          {parked.length > 0 && ` · parked on ${parked.length === 1 ? parked[0] : count(parked.length, 'node')}`}
          {absent > 0 && ` · ${absent} absent`}
          {revision.publishedAt === undefined && ' · not published yet'}
          <span class="muted"> · {revision.actor}</span>
        </span>
      </p>
      <PassageStrip nodes={revision.nodes} />
    </li>
  );
}

function Changes({ changes }: Pick<RevisionPassage, 'changes'>) {
  const [change] = changes;
  const text = changesText(changes);
  if (!change) return <strong class="what">{text}</strong>;
  const at = text.indexOf(change.extension);
  const [before, after] = [text.slice(0, at), text.slice(at + change.extension.length)];
  return (
    <span class="what">
      {before}
      <strong>{change.extension}</strong>
      {after}
    </span>
  );
}

export function lookOf(revision: RevisionPassage): Look {
  const { parked, absent, underWay } = summaryOf(revision);
  if (parked.length > 0) return EXTENSION_LOOKS.parked;
  if (underWay > 0) return NODE_LOOKS.behind;
  return absent > 0 ? NODE_LOOKS.offline : EXTENSION_LOOKS['in-sync'];
}
