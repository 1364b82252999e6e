import type { History, NodeAction } from '@muster/contracts';
import { useState } from 'preact/hooks';
import { duration } from '../model/format.js';
import { EXTENSION_LOOKS, NODE_LOOKS, type Look } from '../model/looks.js';
import { revisionsTold } from '../store/live.js';
import { address, to } from '../store/router.js';
import { useRead } from '../store/use-read.js';
import { Clock, ProblemNote, ShapeMark, Waiting } from './basics.js';

const PAGE = 25;

/** What nodes did to their storage, and whether it was wanted or put right. */
export function HistoryList({ node, extension }: { node?: string; extension?: string }) {
  const [limit, setLimit] = useState(PAGE);
  const params = address([], { node, extension, limit: String(limit) }).slice('/ui/'.length);
  const { value, problem } = useRead<History>(`/history${params}`, revisionsTold.value);
  return (
    <section class="panel" aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      {problem && !value && <ProblemNote problem={problem} title="The history cannot be read" />}
      {!value && !problem && <Waiting what="the history" />}
      {value?.actions.length === 0 && <p class="muted">Nothing was done yet.</p>}
      <ol class="history">
        {value?.actions.map((action) => (
          <ActionItem key={action.id} action={action} showNode={node === undefined} />
        ))}
      </ol>
      {value?.next !== undefined && (
        <button type="button" onClick={() => setLimit(limit + PAGE)}>
          Show more
        </button>
      )}
    </section>
  );
}

function ActionItem({ action, showNode }: { action: NodeAction; showNode: boolean }) {
  const look = lookOf(action);
  const corrected = action.kind === 'drift-correction';
  const versions =
    action.previousVersion === undefined || action.previousVersion === action.version
      ? ''
      : `${action.previousVersion} → `;
  return (
    <li>
      <ShapeMark look={look} />
      <p>
        <span class="what">
          {showNode && (
            <>
              <a href={to.node(action.node)}>{action.node}</a>{' '}
            </>
          )}
          {action.action} <a href={to.extension(action.extension)}>{action.extension}</a> {versions}
          {action.version}
        </span>{' '}
        <span class="muted">
          {corrected ? 'drift correction' : `wanted${action.actor === undefined ? '' : ` by ${action.actor}`}`} · found
          by {action.detector} · {action.outcome === 'done' ? duration(action.durationMs / 1_000) : action.outcome}
        </span>
        {action.recurring !== undefined && (
          <strong class="t-warn word"> · {action.recurring} times lately: something else writes there</strong>
        )}
        {action.detail !== undefined && <span class="detail">{action.detail}</span>}
      </p>
      <Clock time={action.at} />
    </li>
  );
}

function lookOf({ kind, outcome }: NodeAction): Look {
  if (outcome === 'parked') return EXTENSION_LOOKS.parked;
  if (outcome === 'interrupted') return NODE_LOOKS.behind;
  return kind === 'drift-correction' ? EXTENSION_LOOKS.drifted : EXTENSION_LOOKS['in-sync'];
}
