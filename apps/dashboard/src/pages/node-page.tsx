import type { NodeDetail, NodeStatus, ReportedExtension } from '@muster/contracts';
import { Ago, Fact, ProblemNote, ShapeMark, StateWord, Waiting } from '../components/basics.js';
import { HistoryList } from '../components/history-list.js';
import { useComputed } from '@preact/signals';
import { age, count, shortDigest } from '../model/format.js';
import { EXTENSION_LOOKS, nodeLook } from '../model/looks.js';
import { order, resume } from '../store/acts.js';
import { tick } from '../store/clock.js';
import { show } from '../store/dialogs.js';
import { board } from '../store/live.js';
import { to } from '../store/router.js';
import { useRead } from '../store/use-read.js';

const EVERY_MS = 3_000;

export function NodePage({ node }: { node: string }) {
  const stamp = useComputed(() => Math.floor(tick.value / EVERY_MS)).value;
  const { value, problem } = useRead<NodeDetail>(`/nodes/${encodeURIComponent(node)}`, stamp);
  const row = board.value?.nodes.find((other) => other.node === node);
  const status = row ?? value;
  return (
    <div class="page">
      <p class="crumbs">
        <a href={to.nodes()}>Nodes</a>
      </p>
      <h2 class="page-title">
        {status && <ShapeMark look={nodeLook(status)} />} {node}{' '}
        {status && <span class="muted">{nodeLook(status).word}</span>}
      </h2>
      {problem && !value && <ProblemNote problem={problem} title={`${node} cannot be read`} />}
      {!status && !problem && <Waiting what={node} />}
      {status && <Facts status={status} />}
      {status && <Actions status={status} />}
      {value?.report && <Extensions node={node} extensions={value.report.extensions} foreign={value.report.foreign} />}
      {value?.report && value.report.queue.length > 0 && <Queue report={value.report} />}
      <HistoryList node={node} />
    </div>
  );
}

function Facts({ status }: { status: NodeStatus }) {
  return (
    <section class="panel" aria-label="State">
      {status.paused && (
        <p class="well">
          Paused since <Ago time={status.paused.since} /> by {status.paused.actor}: {status.paused.reason}
        </p>
      )}
      {status.reason !== undefined && <p>{status.reason}</p>}
      <dl class="facts">
        <Fact name="Proven">
          {status.provenSecondsAgo === undefined ? 'never' : `${age(status.provenSecondsAgo)} ago`}
        </Fact>
        <Fact name="Heard">
          {status.heardSecondsAgo === undefined ? 'never' : `${age(status.heardSecondsAgo)} ago`}
        </Fact>
        <Fact name="Revision">{status.revision}</Fact>
        <Fact name="Behind">
          {status.lagRevisions === 0 ? 'no' : `${count(status.lagRevisions, 'revision')}, ${age(status.lagSeconds)}`}
        </Fact>
        <Fact name="Queue">{status.queued}</Fact>
        <Fact name="Doing">{status.doing ?? 'nothing'}</Fact>
        <Fact name="Root digest">
          {status.digest === undefined ? 'none' : <code title={status.digest}>{shortDigest(status.digest)}</code>}
        </Fact>
        <Fact name="Starts">{status.starts}</Fact>
        {status.address !== undefined && <Fact name="Address">{status.address}</Fact>}
        {status.clockOffsetMs !== undefined && Math.abs(status.clockOffsetMs) >= 1_000 && (
          <Fact name="Clock differs by">{age(Math.abs(status.clockOffsetMs) / 1_000)}</Fact>
        )}
        {status.lock && (
          <Fact name="Lock held by">
            {status.lock.service} on {status.lock.node}, pid {status.lock.pid}
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Actions({ status }: { status: NodeStatus }) {
  const { node } = status;
  return (
    <p class="buttons">
      {nodeLook(status).grave > 0 && (
        <a class="button primary" href={to.why(node)}>
          Why?
        </a>
      )}
      {status.parked > 0 && (
        <button type="button" onClick={() => void order(node, 'retry')}>
          Retry {count(status.parked, 'parked extension')}
        </button>
      )}
      <button type="button" onClick={() => void order(node, 'resync')}>
        Resync
      </button>
      {status.paused ? (
        <button type="button" onClick={() => void resume(node)}>
          Resume
        </button>
      ) : (
        <button type="button" onClick={() => show({ kind: 'pause', node })}>
          Pause…
        </button>
      )}
      <button
        type="button"
        onClick={() => show({ kind: 'replay', node, from: Math.max(1, status.revision - status.lagRevisions) })}
      >
        Replay…
      </button>
      <button type="button" class="danger" onClick={() => show({ kind: 'retire', node })}>
        Retire…
      </button>
    </p>
  );
}

interface ExtensionsProps {
  readonly node: string;
  readonly extensions: readonly ReportedExtension[];
  readonly foreign: readonly string[];
}

function Extensions({ node, extensions, foreign }: ExtensionsProps) {
  const sorted = extensions.toSorted(
    (left, right) =>
      EXTENSION_LOOKS[right.state].grave - EXTENSION_LOOKS[left.state].grave || left.name.localeCompare(right.name),
  );
  return (
    <section class="panel" aria-labelledby="extensions-title">
      <h2 id="extensions-title">
        Extensions <span class="muted">{extensions.length}</span>
      </h2>
      <ul class="extension-list">
        {sorted.map((extension) => (
          <li key={extension.name}>
            <StateWord look={EXTENSION_LOOKS[extension.state]} />
            <span>
              <a href={to.extension(extension.name)}>{extension.name}</a>{' '}
              <span class="muted">{versionsOf(extension)}</span>
            </span>
            {extension.state !== 'in-sync' && <a href={to.why(node, extension.name)}>Why?</a>}
          </li>
        ))}
      </ul>
      {foreign.length > 0 && <p class="muted">Not put there by Muster: {foreign.join(', ')}</p>}
    </section>
  );
}

function versionsOf({ version, wantedVersion }: ReportedExtension): string {
  if (wantedVersion === undefined) return `${version ?? ''} (to be removed)`;
  if (version === undefined) return `not here yet, wants ${wantedVersion}`;
  return version === wantedVersion ? version : `${version} → ${wantedVersion}`;
}

function Queue({ report }: { report: NonNullable<NodeDetail['report']> }) {
  return (
    <section class="panel" aria-labelledby="queue-title">
      <h2 id="queue-title">
        Queue <span class="muted">{report.queue.length}</span>
      </h2>
      <ol class="queue">
        {report.queue.slice(0, 20).map(({ extension, revision }) => (
          <li key={`${extension} ${revision}`}>
            {extension} <span class="muted">revision {revision}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
