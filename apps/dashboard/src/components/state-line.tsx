import type { ClusterSummary } from '@muster/contracts';
import { computed, effect, signal } from '@preact/signals';
import { age, secondsBetween } from '../model/format.js';
import { headlineOf, type Headline } from '../model/headline.js';
import { GONE } from '../model/looks.js';
import { serverNow } from '../store/clock.js';
import { board, connection, openStream, silentSeconds, trustworthy } from '../store/live.js';
import { to } from '../store/router.js';
import { ShapeMark } from './basics.js';

const headline = computed(() => (board.value ? headlineOf(board.value) : undefined));

/** The one line at the top. It is believed at a glance, so it claims nothing that is no longer known. */
export function StateLine() {
  const line = headline.value;
  const cluster = board.value?.cluster;
  if (!line || !cluster) return <NoBoard />;
  if (!trustworthy.value) return <Doubted line={line} cluster={cluster} />;
  return (
    <section class={`state-line t-${line.look.tone}`} aria-label="State of the cluster">
      <ShapeMark look={line.look} large />
      <h1 class="state-words">
        <strong>{line.look.word}</strong>
        {line.parts.map((part) => (
          <span key={part}>{part}</span>
        ))}
        <Since cluster={cluster} />
      </h1>
      {line.look.grave >= 5 && (
        <a class="button" href={to.why(line.node)}>
          Why?
        </a>
      )}
    </section>
  );
}

function Since({ cluster }: { cluster: ClusterSummary }) {
  if (cluster.revision === 0 && cluster.expected === 0) return null;
  if (cluster.state !== 'converged') return <span>for {age(secondsBetween(cluster.since, serverNow()))}</span>;
  if (cluster.provenSecondsAgo === undefined) return null;
  return <span>proven {age(cluster.provenSecondsAgo + secondsBetween(cluster.at, serverNow()))} ago</span>;
}

/** Without the service, or without its database, what was true is told as what it is: the past. */
function Doubted({ line, cluster }: { line: Headline; cluster: ClusterSummary }) {
  const lost = connection.value !== 'live';
  const silent = lost ? silentSeconds.value : secondsBetween(cluster.at, serverNow());
  return (
    <section class="state-line t-bad" aria-label="State of the cluster">
      <ShapeMark look={GONE} large />
      <h1 class="state-words">
        <strong>{lost ? 'No connection' : 'The database does not answer'}</strong>
        <span>last heard {age(silent)} ago</span>
        <span>
          it was then: {line.look.word.toLowerCase()}, {line.parts.join(', ')}
        </span>
      </h1>
      {lost && (
        <button type="button" onClick={openStream}>
          Try now
        </button>
      )}
    </section>
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
