import type { Problem } from '@muster/contracts';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Look } from '../model/looks.js';
import { age, clock, exact, secondsBetween } from '../model/format.js';
import { serverNow } from '../store/clock.js';

export function ShapeMark({ look, large = false }: { look: Look; large?: boolean }) {
  return <span class={`shape s-${look.shape} t-${look.tone}${large ? ' large' : ''}`} aria-hidden="true" />;
}

export function StateWord({ look, children }: { look: Look; children?: ComponentChildren }) {
  return (
    <span class={`state t-${look.tone}`}>
      <ShapeMark look={look} />
      <span>{children ?? look.word}</span>
    </span>
  );
}

/** How long ago, counting on; the exact time stands in the title. */
export function Ago({ time, suffix = ' ago' }: { time: string; suffix?: string }) {
  return (
    <time dateTime={time} title={exact(time)}>
      {age(Math.max(0, secondsBetween(time, serverNow())))}
      {suffix}
    </time>
  );
}

export function Clock({ time }: { time: string }) {
  return (
    <time dateTime={time} title={exact(time)}>
      {clock(time, serverNow())}
    </time>
  );
}

export function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard?.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 2_000);
    });
  };
  return (
    <div class="command">
      <code>{text}</code>
      <button type="button" class="quiet" onClick={copy} aria-label={`Copy: ${text}`}>
        {copied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}

/** A refusal in words: what, why, what to do. */
export function ProblemNote({ problem, title }: { problem: Problem; title?: string }) {
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{title ?? 'That did not work'}</strong> <code class="code">{problem.code}</code>
      </p>
      <p>{sentence(problem.detail)}</p>
      {problem.limit !== undefined && (
        <p class="muted">
          Limit {problem.limit}
          {problem.actual !== undefined && `, met ${problem.actual}`}
        </p>
      )}
      {problem.remedy !== undefined && <p>{sentence(problem.remedy)}</p>}
      {problem.undone !== undefined && problem.undone.length > 0 && (
        <p class="muted">Undone: {problem.undone.join(', ')}</p>
      )}
    </div>
  );
}

export function Waiting({ what }: { what: string }) {
  return (
    <p class="muted waiting" role="status">
      Reading {what} …
    </p>
  );
}

export function sentence(text: string): string {
  // A name keeps its own letters, also at the beginning.
  const upper = /^[a-z]+(?: |$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?…]$/.test(upper) ? upper : `${upper}.`;
}

/** A name and a value, in a list of facts. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
