import { unfreeze } from '../store/acts.js';
import { board } from '../store/live.js';
import { Clock } from './basics.js';

export function FreezeBanner() {
  const frozen = board.value?.cluster.frozen;
  if (!frozen) return null;
  return (
    <aside class="banner" aria-label="Freeze">
      <p>
        <strong>Imports are frozen</strong> since <Clock time={frozen.since} /> by {frozen.actor}: {frozen.reason}
      </p>
      <button type="button" onClick={() => void unfreeze()}>
        Unfreeze
      </button>
    </aside>
  );
}

export function LogBanner() {
  const log = board.value?.cluster.eventLog;
  if (!log || log.ok) return null;
  return (
    <aside class="banner" aria-label="Event log">
      <p>
        <strong>What carries the events does not answer</strong>: {log.detail}. Nodes find changes by their timer
        {log.unpublished > 0 && `; ${log.unpublished} not shipped yet`}.
      </p>
    </aside>
  );
}
