import type { Cause, Failure, Why } from '@muster/contracts';
import { useEffect, useRef } from 'preact/hooks';
import { useComputed } from '@preact/signals';
import { age, count } from '../model/format.js';
import { causeLook } from '../model/looks.js';
import { commandFor } from '../model/remedies.js';
import { serverNow, tick } from '../store/clock.js';
import { board, revisionsTold } from '../store/live.js';
import { show } from '../store/dialogs.js';
import { address, navigate, query, to } from '../store/router.js';
import { useRead } from '../store/use-read.js';
import { Ago, Command, ProblemNote, ShapeMark, Waiting, sentence } from './basics.js';
import { RemedyButton } from './remedy-button.js';

const EVERY_MS = 3_000;

export function WhyPanel() {
  const node = query.value.get('node') ?? undefined;
  const extension = query.value.get('extension') ?? undefined;
  const stamp = useComputed(() => `${revisionsTold.value} ${Math.floor(tick.value / EVERY_MS)}`).value;
  const { value, problem } = useRead<Why>(whyUrl(node, extension), stamp);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), [node, extension]);
  return (
    <section class="panel why" aria-labelledby="why-title">
      <header class="panel-head">
        <h2 id="why-title" ref={title} tabIndex={-1}>
          {titleOf(node, extension)}
        </h2>
        <a class="button quiet" href={to.overview()} aria-label="Close" title="Close (Esc)">
          ×
        </a>
      </header>
      <p class="where">
        {node !== undefined && <a href={to.node(node)}>{node}</a>}
        {extension !== undefined && <a href={to.extension(extension)}>{extension}</a>}
      </p>
      {problem && !value && <ProblemNote problem={problem} title="Why cannot be told now" />}
      {!value && !problem && <Waiting what="the causes" />}
      {value && <Answer why={value} />}
    </section>
  );
}

/** Escape leads back to the cell that it was asked of. */
export function leaveWhy(): void {
  const node = query.value.get('node');
  const extension = query.value.get('extension');
  navigate(to.overview());
  requestAnimationFrame(() => {
    const label = `${node ?? ''}, ${extension ?? ''}:`;
    const cells = document.querySelectorAll<HTMLElement>('.cell');
    [...cells].find((cell) => cell.getAttribute('aria-label')?.startsWith(label))?.focus();
  });
}

function Answer({ why }: { why: Why }) {
  return (
    <>
      {why.ok && (
        <p class="well">
          {sentence(why.text)} <span class="muted">Revision {why.revision}.</span>
        </p>
      )}
      <ol class="causes">
        {why.causes.map((cause, index) => (
          <CauseItem
            key={`${cause.cause} ${cause.node ?? ''} ${cause.extension ?? ''}`}
            cause={cause}
            first={index === 0}
          />
        ))}
      </ol>
      {!why.ok && why.node !== undefined && (
        <p class="more">
          <button type="button" onClick={() => why.node !== undefined && show(replayOf(why, why.node))}>
            Replay with preview…
          </button>
        </p>
      )}
      <p class="muted asked">
        As of revision {why.revision}, told <Ago time={why.at} />
      </p>
    </>
  );
}

function replayOf({ extension, revision }: Why, node: string) {
  const behind = board.peek()?.nodes.find((row) => row.node === node)?.revision ?? revision;
  const from = Math.max(1, Math.min(revision, behind + 1));
  return { kind: 'replay' as const, node, from, ...(extension !== undefined && { extension }) };
}

function CauseItem({ cause, first }: { cause: Cause; first: boolean }) {
  const look = causeLook(cause.cause);
  return (
    <li class={first ? 'cause first' : 'cause'}>
      <p class="cause-name">
        <ShapeMark look={look} /> <code>{cause.cause}</code>
        <span class="muted">
          since <Ago time={cause.since} suffix="" />
        </span>
      </p>
      <p class="cause-text">{sentence(cause.text)}</p>
      {cause.cause === 'dependency-parked' ? null : <HowToClear cause={cause} />}
    </li>
  );
}

/** What waits for another is cleared there: its own link of the chain follows. */
function HowToClear({ cause }: { cause: Cause }) {
  const command = commandFor(cause);
  return (
    <>
      <Attempts cause={cause} />
      <Failures first={cause.firstFailure} last={cause.lastFailure} />
      <p class="remedy">
        <span class="muted">To clear it:</span> {cause.remedy}
      </p>
      <RemedyButton cause={cause} />
      {command !== undefined && <Command text={command} />}
    </>
  );
}

function Attempts({ cause: { attempts, nextAttempt } }: { cause: Cause }) {
  if (attempts === undefined && nextAttempt === undefined) return null;
  const seconds = nextAttempt === undefined ? 0 : (Date.parse(nextAttempt) - serverNow()) / 1_000;
  return (
    <p class="attempts">
      {attempts !== undefined && count(attempts, 'attempt')}
      {nextAttempt !== undefined && (
        <span>
          {attempts !== undefined && ', '}
          {seconds > 0 ? `next try in ${age(seconds)}` : 'trying now'}
        </span>
      )}
    </p>
  );
}

function Failures({ first, last }: { first: Failure | undefined; last: Failure | undefined }) {
  if (!last) return null;
  const differs = first !== undefined && (first.detail !== last.detail || first.at !== last.at);
  return (
    <dl class="failures">
      <dt>
        Last error, <Ago time={last.at} />
      </dt>
      <dd>{last.detail}</dd>
      {differs && (
        <>
          <dt>
            First error, <Ago time={first.at} />
          </dt>
          <dd>{first.detail}</dd>
        </>
      )}
    </dl>
  );
}

function titleOf(node: string | undefined, extension: string | undefined): string {
  if (node !== undefined && extension !== undefined) return `Why: ${extension} on ${node}`;
  return `Why: ${extension ?? node ?? 'the cluster'}`;
}

function whyUrl(node: string | undefined, extension: string | undefined): string {
  return `/why${address([], { node, extension }).slice('/ui/'.length)}`;
}
