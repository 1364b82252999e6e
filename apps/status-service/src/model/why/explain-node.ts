import type { NodeReport } from '@muster/contracts';
import type { Goal, Heard } from '../facts.js';
import { revisionsBehind } from '../lag.js';
import type { NodeView } from '../node-view.js';
import { isProven, standing } from '../standing.js';
import { isRemark, type Finding } from './finding.js';
import { nodeStateCauses } from './node-state-causes.js';
import { catchingUp, proofMissing, waitingTurn } from './on-its-way.js';
import { parkedChain, standsAside } from './parked-causes.js';
import { presenceCauses } from './presence-causes.js';
import { refusalCauses } from './refusal-causes.js';
import { remarks } from './remarks.js';
import type { WhyFacts } from './why-facts.js';

/** Why one node is where it is. */
export interface NodeExplanation {
  readonly node: string;
  /** Absent: it is known by a refusal only. */
  readonly view?: NodeView;
  /** Whether it proves, freshly, what was asked for. */
  readonly proven: boolean;
  /** In the order of the chain: what was asked for first, its root last. */
  readonly findings: readonly Finding[];
}

/** A lock that is held for less is part of the day's work, where nothing else is wrong. */
const LOCK_PATIENCE_MS = 5_000;

/** `most` extensions that stand aside are told of, those that failed themselves before those that wait. */
export function explainNode(
  view: NodeView,
  goal: Goal,
  facts: WhyFacts,
  most: number,
  extension?: string,
): NodeExplanation {
  const { node, state, heard } = view;
  const refused = refusalCauses(node, facts);
  if (state === 'retired') return { node, view, proven: false, findings: refused };
  const { state: stands, reason = '' } = standing(view, goal, facts.head);
  const proven = stands === 'converged' || (goal.supersededBy !== undefined && goal.convergedAtMs !== undefined);
  const findings = [...refused, ...presenceCauses(view, facts)];
  if (state === 'live' && heard !== undefined) {
    findings.push(...ownStateCauses(view, latestOf(heard, facts), proven, facts.nowMs));
    if (!proven)
      findings.push(...lacking(view, heard.report, { goal, facts, most, missing: reason, extension }, findings));
    findings.push(...remarks(node, heard, facts.nowMs, extension));
  }
  return { node, view, proven, findings: withoutDoubles(findings) };
}

/** A node that was refused and has never enrolled, or that goes by another's name. */
export function explainRefused(node: string, facts: WhyFacts): NodeExplanation {
  return { node, proven: false, findings: refusalCauses(node, facts) };
}

/** A node that was quiet for a while and was asked has said later how it is. */
function latestOf({ report }: Heard, { answers }: WhyFacts): NodeReport {
  const answer = answers.get(report.node);
  return answer?.kind === 'answered' ? answer.report : report;
}

function ownStateCauses({ node }: NodeView, report: NodeReport, proven: boolean, nowMs: number): Finding[] {
  return nodeStateCauses(node, report, nowMs).filter(
    ({ cause, sinceMs }) => cause !== 'lock-held' || !proven || nowMs - sinceMs > LOCK_PATIENCE_MS,
  );
}

interface Lacking {
  readonly goal: Goal;
  readonly facts: WhyFacts;
  readonly most: number;
  /** What the standing says is missing. */
  readonly missing: string;
  readonly extension: string | undefined;
}

/** What keeps a live node from proving the goal, beside what keeps it from everything. */
function lacking(view: NodeView, report: NodeReport, asked: Lacking, graver: readonly Finding[]): Finding[] {
  const { goal, facts, most, missing, extension } = asked;
  const { nowMs } = facts;
  const later = supersededCause(view, goal, nowMs);
  if (later !== undefined) return [later];
  const names = lackingNames(report, goal, extension);
  const meant = new Set(names);
  const aside = report.extensions.filter((entry) => meant.has(entry.name) && standsAside(entry));
  const told = aside.toSorted((a, b) => Number(b.lastFailure !== undefined) - Number(a.lastFailure !== undefined));
  const turns = waitingTurn(report, nowMs, extension);
  const found = [...told.slice(0, most).flatMap(({ name }) => parkedChain(report, name, nowMs)), ...turns];
  if (graver.some((finding) => !isRemark(finding))) return found;
  const explained = new Set([...aside.map(({ name }) => name), ...turns.map((turn) => turn.extension ?? '')]);
  const behind = report.revision < goal.revision || names.some((name) => !explained.has(name));
  const aim = {
    goal,
    revisionsBehind: revisionsBehind(view, facts.head),
    ...(extension !== undefined && { extension }),
  };
  if (view.known && !view.fresh && !behind) return [...found, proofMissing(view, nowMs)];
  if (found.length > 0 && !behind) return found;
  return [...found, catchingUp(view, report, aim, nowMs, missing)];
}

/** The extensions of the goal that the node does not hold, and what it holds and should not. */
function lackingNames(report: NodeReport, { targets, whole }: Goal, extension: string | undefined): string[] {
  const wanted = [...targets.values()].filter((target) => !isProven(report, target)).map((target) => target.extension);
  const left = whole ? report.extensions.filter(({ name }) => !targets.has(name)).map(({ name }) => name) : [];
  return [...wanted, ...left].filter((name) => extension === undefined || name === extension);
}

function supersededCause({ node }: NodeView, goal: Goal, nowMs: number): Finding | undefined {
  if (goal.supersededBy === undefined) return undefined;
  const { extension, revision } = goal.supersededBy;
  return {
    cause: 'superseded',
    node,
    extension,
    subject: `revision ${goal.revision}`,
    predicate: `was superseded: revision ${revision} has changed ${extension} since, and ${node} had not proven it before`,
    sinceMs: goal.committedAtMs ?? nowMs,
    remedy: `ask for revision ${revision}`,
    command: `muster wait --revision ${revision}`,
  };
}

/** Several extensions may wait for the same one. */
function withoutDoubles(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ cause, extension, subject, predicate }) => {
    const key = `${cause}\n${extension ?? ''}\n${subject}\n${predicate}`;
    return seen.size < seen.add(key).size;
  });
}
