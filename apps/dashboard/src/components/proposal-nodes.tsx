import type { NodeReadiness } from '@muster/contracts';
import { age, count, secondsBetween } from '../model/format.js';
import { gravestFirst, READINESS_LOOKS } from '../model/readiness.js';
import { serverNow } from '../store/clock.js';
import { to } from '../store/router.js';
import { Ago, StateWord, sentence } from './basics.js';

/** Of more nodes than these, those that are ready are only counted. */
const ALL_SHOWN = 16;

/** How far each node is with what is to be activated together, what needs a person first. */
export function ProposalNodes({ nodes }: { nodes: readonly NodeReadiness[] }) {
  const sorted = gravestFirst(nodes);
  const shown = nodes.length <= ALL_SHOWN ? sorted : sorted.filter(({ state }) => state !== 'ready');
  const left = sorted.length - shown.length;
  return (
    <ul class="readiness">
      {shown.map(({ node, state, since, code, reason }) => (
        <li key={node}>
          <a href={to.node(node)}>{node}</a>
          <StateWord look={READINESS_LOOKS[state]} />
          <span class="muted number">
            <Ago time={since} suffix="" />
          </span>
          {reason !== undefined && (
            <span class="reason">
              {sentence(reason)} {code !== undefined && !reason.startsWith(code) && <code class="code">{code}</code>}
            </span>
          )}
        </li>
      ))}
      {left > 0 && (
        <li>
          <span>{count(left, 'more node')}</span>
          <StateWord look={READINESS_LOOKS.ready} />
        </li>
      )}
    </ul>
  );
}

export function TimeLeft({ until }: { until: string }) {
  const seconds = -secondsBetween(until, serverNow());
  return <span class="number">{seconds > 0 ? `${age(seconds)} left` : 'its time is over'}</span>;
}
