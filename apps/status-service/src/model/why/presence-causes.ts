import type { Hold, NodeReport } from '@muster/contracts';
import type { NodeView } from '../node-view.js';
import type { Finding } from './finding.js';
import type { DirectAnswer, WhyFacts } from './why-facts.js';
import { argument, quoted, since } from './wording.js';
import { nodeStateCauses } from './node-state-causes.js';

/** Why a node is not there, or is there and takes nothing. */
export function presenceCauses(view: NodeView, facts: WhyFacts): Finding[] {
  const findings: Finding[] = [];
  if (view.state === 'offline' || view.state === 'stopped') {
    findings.push(...absence(view, facts.answers.get(view.node), facts));
  }
  if (view.state === 'forked') findings.push(forked(view, facts.nowMs));
  if (view.state !== 'retired' && view.paused !== undefined) findings.push(paused(view, view.paused, facts.nowMs));
  return findings;
}

/** A node that answers when it is asked directly says itself what keeps its reports away. */
function absence(view: NodeView, answer: DirectAnswer | undefined, { nowMs }: WhyFacts): Finding[] {
  if (answer?.kind !== 'answered') return [offline(view, answer, nowMs)];
  const told = nodeStateCauses(view.node, answer.report, nowMs);
  if (told.length > 0) return told;
  return [
    {
      cause: 'node-offline',
      node: view.node,
      subject: view.node,
      predicate: `${silence(view, nowMs)}, though its agent answers at ${answer.address}: its reports do not arrive`,
      sinceMs: view.sinceMs,
      remedy: `look at the log of the agent of ${view.node} for what keeps its reports`,
    },
  ];
}

function offline(view: NodeView, answer: DirectAnswer | undefined, nowMs: number): Finding {
  const asked =
    answer?.kind === 'silent' ? `, and does not answer at ${answer.address} (${quoted(answer.detail)})` : '';
  return {
    cause: 'node-offline',
    node: view.node,
    subject: view.node,
    predicate: `${silence(view, nowMs)}${asked}`,
    sinceMs: view.sinceMs,
    remedy: `start the agent of ${view.node}, or, where it will not come back, retire the node`,
  };
}

function silence({ state, heard, enrolledAtMs, sinceMs }: NodeView, nowMs: number): string {
  if (state === 'stopped') return `has stopped, and is away ${since(sinceMs, nowMs)}`;
  if (heard === undefined) return `has enrolled, and has never reported ${since(enrolledAtMs ?? sinceMs, nowMs)}`;
  return `is silent ${since(sinceMs, nowMs)}`;
}

function forked({ node, reason, sinceMs }: NodeView, nowMs: number): Finding {
  return {
    cause: 'forked',
    node,
    subject: node,
    predicate: `is forked ${since(sinceMs, nowMs)}, and changes nothing: ${quoted(reason ?? 'it knows another history')}`,
    sinceMs,
  };
}

function paused({ node, heard }: NodeView, hold: Hold, nowMs: number): Finding {
  const sinceMs = Date.parse(hold.since);
  return {
    cause: 'paused',
    node,
    subject: node,
    predicate: `is paused ${since(sinceMs, nowMs)} by ${hold.actor}, and takes nothing: ${quoted(hold.reason)}${stepOf(heard?.report)}`,
    sinceMs,
    remedy: 'resume it when the maintenance is over',
    command: `muster resume ${argument(node)}`,
  };
}

/** It finishes what it had begun. */
function stepOf(report: NodeReport | undefined): string {
  if (report?.step?.extension === undefined || report.paused !== undefined) return '';
  return ` (it still ends what it had begun: ${report.step.state} ${report.step.extension})`;
}
