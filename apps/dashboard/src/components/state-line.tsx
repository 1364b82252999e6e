import { computed, effect, signal } from '@preact/signals';
import { age, secondsBetween } from '../model/format.js';
import { headlineOf } from '../model/headline.js';
import { GONE } from '../model/looks.js';
import { serverNow } from '../store/clock.js';
import { board, connection, openStream, silentSeconds, trustworthy } from '../store/live.js';
import { to } from '../store/router.js';
import { ShapeMark } from './basics.js';

const headline = computed(() => (board.value ? headlineOf(board.value) : undefined));

/** The one line at the top. It is believed at a glance, so it must grow old in sight. */
export function StateLine() {
  const line = headline.value;
  const cluster = board.value?.cluster;
  if (!line || !cluster) return <NoBoard />;
  const nothing = cluster.revision === 0 && cluster.expected === 0;
  return (
    <section class={`state-line t-${line.look.tone}`} aria-label="State of the cluster">
      <ShapeMark look={line.look} large />
      <h1 class="state-words">
        <strong>{nothing ? 'Nothing here yet' : line.look.word}</strong>
        {!nothing && line.parts.map((part) => <span key={part}>{part}</span>)}
        <Since />
      </h1>
      {line.look.grave >= 5 && (
        <a class="button" href={to.why(line.node)}>
          Why?
        </a>
      )}
      <Freshness />
    </section>
  );
}

function Since() {
  const cluster = board.value?.cluster;
  if (!cluster || (cluster.revision === 0 && cluster.expected === 0)) return null;
  if (cluster.state === 'converged') {
    if (cluster.provenSecondsAgo === undefined) return null;
    return <span>proven {age(cluster.provenSecondsAgo + secondsBetween(cluster.at, serverNow()))} ago</span>;
  }
  return <span>for {age(secondsBetween(cluster.since, serverNow()))}</span>;
}

/** Says so when what is shown is no longer true for certain; takes no room of the line while it is. */
function Freshness() {
  if (trustworthy.value) return null;
  const cluster = board.value?.cluster;
  if (connection.value === 'live' && cluster) {
    return (
      <p class="stale">The database does not answer: this was so {age(secondsBetween(cluster.at, serverNow()))} ago</p>
    );
  }
  return (
    <p class="stale">
      No connection, last heard {age(silentSeconds.value)} ago{' '}
      <button type="button" class="quiet" onClick={openStream}>
        Try now
      </button>
    </p>
  );
}

function NoBoard() {
  const lost = connection.value === 'lost';
  return (
    <section class="state-line t-away" aria-label="State of the cluster">
      <ShapeMark look={GONE} large />
      <h1 class="state-words">
        <strong>{lost ? 'The status service does not answer' : 'Reading the state of the cluster …'}</strong>
        {lost && <span>tried for {age(silentSeconds.value)}; this page goes on trying</span>}
      </h1>
      {lost && (
        <button type="button" onClick={openStream}>
          Try now
        </button>
      )}
    </section>
  );
}

/** What is read aloud: the state when it changes, never its age. */
const spoken = signal('');
let pending: ReturnType<typeof setTimeout> | undefined;
effect(() => {
  const line = headline.value;
  const text = line && connection.value === 'live' ? `${line.look.word}: ${line.parts.join(', ')}` : '';
  const words = connection.value === 'lost' ? 'No connection to the status service' : text;
  clearTimeout(pending);
  pending = setTimeout(() => {
    spoken.value = words;
  }, 1_000);
});

effect(() => {
  const line = headline.value;
  const mark = connection.value === 'lost' ? '○ No connection' : line && line.look.grave > 0 ? `${line.look.word}` : '';
  document.title = mark === '' ? 'Muster' : `${mark} · Muster`;
});

export function SpokenState() {
  return (
    <p class="only-read" aria-live="polite">
      {spoken.value}
    </p>
  );
}
