import type { NodeReport, TurnWait } from '@muster/contracts';
import type { Goal } from '../facts.js';
import { time, type NodeView } from '../node-view.js';
import type { Finding } from './finding.js';
import { byDatabase } from './node-clock.js';
import { argument, counted, duration, quoted, since } from './wording.js';

/** Which change is meant: the whole node, or one extension. */
export interface Aim {
  readonly goal: Goal;
  readonly revisionsBehind: number;
  readonly extension?: string;
}

/** A change that other nodes' deploy hooks hold up: they run first, or one of them has failed. */
export function waitingTurn(report: NodeReport, nowMs: number, extension?: string): Finding[] {
  return report.extensions
    .filter(({ name, state }) => state === 'waiting-turn' && (extension === undefined || name === extension))
    .map(({ name, wantedVersion, since: text, turn }) => {
      const sinceMs = byDatabase(report, text);
      const { step } = report;
      const words = turn?.detail ?? (step?.extension === name ? step.detail : undefined);
      const detail = words === undefined ? '' : `: ${quoted(words)}`;
      const waits =
        turn?.failed === true ? 'is held back here' : 'is ready, and waits for its turn to run its deploy hook';
      return {
        cause: 'waiting-turn',
        node: report.node,
        extension: name,
        subject: wantedVersion === undefined ? name : `${name} ${wantedVersion}`,
        predicate: `${waits} ${since(sinceMs, nowMs)}${detail}${turn === undefined ? '' : turnSince(turn, nowMs)}`,
        sinceMs,
        ...(turn?.failed === true && turn.node !== undefined && settled(turn.node, name)),
      };
    });
}

/** The database's clock has told it. */
function turnSince({ since: text }: TurnWait, nowMs: number): string {
  return text === undefined ? '' : `, ${since(Date.parse(text), nowMs)}`;
}

function settled(node: string, extension: string): Pick<Finding, 'remedy' | 'command'> {
  const name = argument(extension);
  return {
    remedy: `mend it on ${node} and retry there, import a newer version or roll back, or let the others go on with "muster proceed ${name}"`,
    command: `muster retry ${argument(node)} ${name}`,
  };
}

/** The change is known, or will be, and nothing stands in its way. */
export function catchingUp(view: NodeView, report: NodeReport, aim: Aim, nowMs: number, missing: string): Finding {
  const sinceMs = aim.goal.committedAtMs ?? view.sinceMs;
  const { extension } = aim;
  const entry = report.extensions.find(({ name }) => name === extension);
  const busy = extension === undefined ? doing(report) : entry === undefined ? '' : `; it is ${entry.state}`;
  const base = {
    cause: 'catching-up' as const,
    node: view.node,
    ...(extension !== undefined && { extension }),
    subject: extension ?? view.node,
  };
  const drift = report.drift.find((correction) => correction.extension === extension);
  const driftedMs = drift === undefined ? -Infinity : byDatabase(report, drift.at);
  // What was there already is being put right: it has nothing to do with a commit.
  if (drift !== undefined && report.revision >= aim.goal.revision && driftedMs > sinceMs) {
    const predicate = `is being put right ${since(driftedMs, nowMs)}: ${quoted(drift.found)}${busy}`;
    return { ...base, predicate, sinceMs: driftedMs };
  }
  return {
    ...base,
    predicate: `is on its way: ${behind(report, aim, missing)}${busy}, ${duration(nowMs - sinceMs)} after the commit`,
    sinceMs,
  };
}

function behind({ node, revision }: NodeReport, { goal, revisionsBehind, extension }: Aim, missing: string): string {
  if (revision >= goal.revision) return quoted(missing);
  const who = extension === undefined ? 'it' : node;
  return `${who} is at revision ${revision}, ${counted(revisionsBehind, 'revision', 'revisions')} behind the head`;
}

function doing({ step, queue }: NodeReport): string {
  const now =
    step === undefined ? '' : `; now ${step.state}${step.extension === undefined ? '' : ` ${step.extension}`}`;
  return `${now}${queue.length === 0 ? '' : `; ${counted(queue.length, 'change', 'changes')} queued`}`;
}

/** It is there, and nobody knows what stands on its disk. */
export function proofMissing({ node, provenAtMs, sinceMs }: NodeView, nowMs: number): Finding {
  const lookedMs = provenAtMs ?? sinceMs;
  return {
    cause: 'proof-missing',
    node,
    subject: node,
    predicate:
      provenAtMs === undefined
        ? 'has not said yet what stands on its disk'
        : `has looked at its disk ${duration(nowMs - lookedMs)} ago the last time (${time(lookedMs)})`,
    sinceMs: lookedMs,
    remedy: `let it verify; if it stays, look at the log of the agent of ${node}`,
    command: `muster resync ${node}`,
  };
}
