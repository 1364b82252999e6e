import type { Why } from '@muster/contracts';
import type { Goal } from '../facts.js';
import { expectedNodes, time } from '../node-view.js';
import { clusterCauses } from './cluster-causes.js';
import { explainNode, explainRefused, type NodeExplanation } from './explain-node.js';
import { asCause, byGravity, clearing, isRemark, type Finding } from './finding.js';
import { alone, tellNode, type Asked } from './tell.js';
import type { WhyFacts, WhyQuestion } from './why-facts.js';
import { counted } from './wording.js';

/** Most causes of one answer: a cluster of hundreds of nodes may have tens of thousands. */
export const MAX_CAUSES = 500;
/** Of each node, where all are asked of. */
const MAX_CAUSES_OF_EACH = 20;
const MAX_NODES_TOLD = 5;

/** Why a node, an extension on it, or the whole cluster is not as the catalog wants it. Pure. */
export function explain(facts: WhyFacts, { node, extension, goal: whole }: WhyQuestion): Why {
  const goal = extension === undefined ? whole : narrowed(whole, extension, facts);
  const asked: Asked = { goal, facts, ...(extension !== undefined && { extension }) };
  const everywhere = clusterCauses(facts);
  const all = node === undefined ? allNodes(facts) : [node];
  const most = node === undefined ? MAX_CAUSES_OF_EACH : MAX_CAUSES;
  const nodes = all.map((id) => explanationOf(id, asked, most));
  const findings = byGravity([...everywhere, ...nodes.flatMap((explanation) => explanation.findings)]);
  const open = nodes.filter((one) => !isFine(one));
  return {
    ...(node !== undefined && { node }),
    ...(extension !== undefined && { extension }),
    revision: whole.revision,
    ok: open.length === 0 && nodes.length > 0 && everywhere.length === 0,
    text: [
      ...tellCluster(everywhere),
      ...(node === undefined ? tellAll(nodes, open, asked) : tellOne(nodes, asked)),
    ].join(' '),
    causes: findings.slice(0, MAX_CAUSES).map(asCause),
    at: time(facts.nowMs),
  };
}

/** Of one extension: the goal is that of the revision that changed it last, so that later changes of others do not matter. */
function narrowed(goal: Goal, extension: string, { columns }: WhyFacts): Goal {
  const target = goal.targets.get(extension) ?? { extension, trees: ['absent' as const] };
  const changed = goal.whole ? columns.get(extension)?.revision : undefined;
  const { supersededBy, ...rest } = goal;
  return {
    ...rest,
    whole: false,
    revision: changed ?? goal.revision,
    targets: new Map([[extension, target]]),
    ...(supersededBy?.extension === extension && { supersededBy }),
  };
}

/** Those that are expected, and those that were refused before they could enrol. */
function allNodes({ views, refusals }: WhyFacts): string[] {
  const known = new Set(views.map(({ node }) => node));
  const refused = refusals.map(({ node }) => node).filter((node) => !known.has(node));
  return [...expectedNodes(views).map(({ node }) => node), ...new Set(refused)];
}

function explanationOf(node: string, { goal, facts, extension }: Asked, most: number): NodeExplanation {
  const view = facts.views.find((one) => one.node === node);
  return view === undefined ? explainRefused(node, facts) : explainNode(view, goal, facts, most, extension);
}

function isFine({ view, proven, findings }: NodeExplanation): boolean {
  return (proven || view?.state === 'retired') && findings.every(isRemark);
}

function tellCluster(findings: readonly Finding[]): string[] {
  return findings.map((finding) => `${capital(alone(finding).replace(/\.$/, ''))}; to clear it: ${clearing(finding)}.`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function tellOne(nodes: readonly NodeExplanation[], asked: Asked): string[] {
  return nodes.map((explanation) => tellNode(explanation, asked));
}

function tellAll(nodes: readonly NodeExplanation[], open: readonly NodeExplanation[], asked: Asked): string[] {
  const { goal, extension } = asked;
  if (nodes.length === 0) return ['No node is expected: none has enrolled.'];
  const what = extension ?? (goal.whole ? 'everything' : 'what it brought');
  if (open.length === 0) {
    const notes = nodes.flatMap(({ findings }) => findings.filter(isRemark)).slice(0, MAX_NODES_TOLD);
    const whom = nodes.length === 1 ? 'The one node proves' : `All ${nodes.length} nodes prove`;
    return [`${whom} ${what} of revision ${goal.revision}.`, ...notes.map(alone)];
  }
  const told = open.slice(0, MAX_NODES_TOLD).map((explanation) => tellNode(explanation, asked));
  const more = open.length - MAX_NODES_TOLD;
  const head = `${open.length} of ${counted(nodes.length, 'node', 'nodes')} ${open.length === 1 ? 'is' : 'are'} not as revision ${goal.revision} wants ${open.length === 1 ? 'it' : 'them'}.`;
  return [head, ...told, ...(more > 0 ? [`And ${counted(more, 'node', 'nodes')} more.`] : [])];
}
