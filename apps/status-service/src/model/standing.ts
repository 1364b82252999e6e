import type { Hold, NodeConvergence, NodeReport, ReportedExtension } from '@muster/contracts';
import type { Goal, Head, Target, Tree } from './facts.js';
import { time, type NodeView } from './node-view.js';
import { parkedEntries } from './parked-entries.js';

/** States in which an extension is not what its digest says, or nobody knows whether it is. */
const UNPROVEN = new Set<ReportedExtension['state']>(['drifted', 'unknown']);

/** Where one expected node stands towards a goal. */
export function standing(view: NodeView, goal: Goal, head: Head): NodeConvergence {
  const report = view.heard?.report;
  const base = {
    node: view.node,
    revision: report?.revision ?? 0,
    ...(report?.rootDigest !== undefined && { digest: report.rootDigest }),
  };
  if (view.state === 'forked') {
    return { ...base, state: 'failed', since: time(view.sinceMs), reason: `forked: ${view.reason ?? ''}` };
  }
  if (view.state !== 'live' || report === undefined) {
    return { ...base, state: 'absent', since: time(view.sinceMs), reason: view.reason ?? view.state };
  }
  const missing = whatIsMissing(view, report, goal, head);
  if (view.paused !== undefined && missing !== undefined) {
    return { ...base, state: 'absent', since: utc(view.paused.since), reason: pausedReason(view.paused) };
  }
  const parked = view.known ? parkedOf(report, goal) : undefined;
  if (parked !== undefined) {
    return { ...base, state: 'failed', since: utc(parked.since), reason: parkedReason(parked) };
  }
  if (missing === undefined) return { ...base, state: 'converged', since: provenSince(view, report, goal) };
  return { ...base, state: 'syncing', since: time(goal.committedAtMs ?? view.sinceMs), reason: missing };
}

function pausedReason({ since, actor, reason }: Hold): string {
  return `paused since ${utc(since)} by ${actor}: ${firstWords(reason)}`;
}

/**
 * A parked extension that the goal asks for, at the version that it asks for: the node may still stand aside with an older
 * one, whose failure says nothing of this.
 */
function parkedOf(report: NodeReport, goal: Goal): ReportedExtension | undefined {
  return parkedEntries(report).find((entry) => {
    const target = goal.targets.get(entry.name);
    if (target === undefined) return goal.whole && entry.wantedSha256 === undefined && report.revision >= goal.revision;
    return isWanted(entry, target) && (goal.whole || Math.max(report.revision, entry.revision ?? 0) >= goal.revision);
  });
}

function isWanted(entry: ReportedExtension, { trees }: Target): boolean {
  return trees.some((tree) => (tree === 'absent' ? undefined : tree.sha256) === entry.wantedSha256);
}

/** Names the extension, its code and the first words of what went wrong. */
function parkedReason(entry: ReportedExtension): string {
  const failure = entry.lastFailure ?? entry.firstFailure;
  const version = entry.wantedVersion === undefined ? 'its removal' : entry.wantedVersion;
  if (failure === undefined) {
    const waits = entry.waitsFor === undefined ? '' : `: it waits for ${entry.waitsFor}`;
    return `${entry.name} ${version} is parked${waits}`;
  }
  return `${entry.name} ${version} is parked: ${failure.code}: ${firstWords(failure.detail)}`;
}

const MAX_WORDS = 300;

function firstWords(detail: string): string {
  const line = detail.replaceAll(/\s+/g, ' ').trim();
  return line.length <= MAX_WORDS ? line : `${line.slice(0, MAX_WORDS)}…`;
}

/** What keeps a live node from having proven the goal, in plain words; undefined where nothing does. */
function whatIsMissing(view: NodeView, report: NodeReport, goal: Goal, head: Head): string | undefined {
  if (report.catalogId !== head.catalogId) return `it last reported on another catalog (${report.catalogId})`;
  if (!view.known) return `it reports revision ${report.revision} of a chain that this catalog does not have`;
  if (report.revision < goal.revision) return `it is at revision ${report.revision} of ${goal.revision}${work(report)}`;
  if (report.rootDigest === undefined) return 'it has not proven yet what stands on its disk';
  if (!view.fresh) return `its last proof, of ${time(view.provenAtMs ?? 0)}, is too old`;
  const first = lackingOf(report, goal.targets);
  if (first !== undefined) return lackingReason(report, first);
  if (!goal.whole || view.inSync) return undefined;
  if (!report.deployed) return `deploy hooks have not run yet${work(report)}`;
  return `it proves another root digest than that of revision ${goal.revision}`;
}

/** Whether a node says that it holds one of the trees that a target allows, with its hook run. */
export function isProven(report: NodeReport, target: Target): boolean {
  const entry = entriesOf(report).get(target.extension);
  return target.trees.some((tree) => holds(entry, tree));
}

/** A report is a snapshot that never changes, and is judged in every round: 200 nodes × 500 extensions must cost little. */
const entries = new WeakMap<NodeReport, ReadonlyMap<string, ReportedExtension>>();
const lacking = new WeakMap<NodeReport, WeakMap<Goal['targets'], Target | 'nothing'>>();

function entriesOf(report: NodeReport): ReadonlyMap<string, ReportedExtension> {
  const known = entries.get(report);
  if (known !== undefined) return known;
  const byName = new Map(report.extensions.map((entry) => [entry.name, entry]));
  entries.set(report, byName);
  return byName;
}

/** The first target that a report does not prove. */
function lackingOf(report: NodeReport, targets: Goal['targets']): Target | undefined {
  const ofReport = lacking.get(report) ?? new WeakMap<Goal['targets'], Target | 'nothing'>();
  lacking.set(report, ofReport);
  const found = ofReport.get(targets) ?? [...targets.values()].find((target) => !isProven(report, target)) ?? 'nothing';
  ofReport.set(targets, found);
  return found === 'nothing' ? undefined : found;
}

function holds(entry: ReportedExtension | undefined, tree: Tree): boolean {
  if (tree === 'absent') return entry === undefined || (entry.treeDigest === undefined && entry.sha256 === undefined);
  return (
    entry !== undefined &&
    entry.deployed &&
    entry.treeDigest === tree.treeDigest &&
    entry.sha256 === tree.sha256 &&
    !UNPROVEN.has(entry.state)
  );
}

function lackingReason(report: NodeReport, { extension, trees }: Target): string {
  const entry = entriesOf(report).get(extension);
  if (entry === undefined) return `${extension} is not there${work(report)}`;
  if (trees.every((tree) => tree === 'absent')) return `${extension} is still there (${entry.state})${work(report)}`;
  const version = entry.version === undefined ? '' : ` ${entry.version}`;
  const waits = entry.waitsFor === undefined ? '' : `, it waits for ${entry.waitsFor}`;
  const hook = entry.deployed || entry.treeDigest === undefined ? '' : ', its deploy hook has not run to its end';
  const turn = entry.turn === undefined ? '' : `: ${firstWords(entry.turn.detail)}`;
  return `${extension}${version} is ${entry.state}${turn}${waits}${hook}`;
}

function work({ step, queue }: NodeReport): string {
  if (step === undefined) return queue.length === 0 ? '' : `, ${queue.length} queued`;
  return `, ${step.state}${step.extension === undefined ? '' : ` ${step.extension}`}${step.detail === undefined ? '' : ` (${step.detail})`}`;
}

/** The latest of the moments at which the node brought one of the targets in order. */
function provenSince(view: NodeView, report: NodeReport, goal: Goal): string {
  if (goal.whole) return time(view.sinceMs);
  const moments = report.extensions.filter(({ name }) => goal.targets.has(name)).map(({ since }) => Date.parse(since));
  return time(moments.length === 0 ? (goal.committedAtMs ?? view.sinceMs) : Math.max(...moments));
}

function utc(text: string): string {
  return time(Date.parse(text));
}
