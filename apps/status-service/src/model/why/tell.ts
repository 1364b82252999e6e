import type { Goal } from '../facts.js';
import type { NodeExplanation } from './explain-node.js';
import { byGravity, clearing, isRemark, type Finding } from './finding.js';
import type { WhyFacts } from './why-facts.js';
import { duration, sentence } from './wording.js';

const MAX_MORE = 4;

/** What is asked of a node, in words. */
export interface Asked {
  readonly goal: Goal;
  readonly extension?: string;
  readonly facts: WhyFacts;
}

/** One paragraph about one node: whether it is as it should be, why not, and what clears it. */
export function tellNode(explanation: NodeExplanation, asked: Asked): string {
  const { findings } = explanation;
  const causes = findings.filter((finding) => !isRemark(finding));
  const notes = findings.filter(isRemark).map(alone);
  const standing = lead(explanation, asked);
  if (causes.length === 0) return [sentence(standing), ...notes].join(' ');
  const chain = mainChain(causes, asked.extension);
  const others = byGravity(causes.filter((cause) => !chain.includes(cause)));
  const root = chain.at(-1);
  const joint = explanation.proven ? ', but' : ' because';
  const told = `${standing}${joint} ${linked(chain, explanation.node, asked.extension)}`;
  const clear = root === undefined ? '' : `; to clear it: ${clearing(root)}`;
  return [sentence(told + clear), ...also(others), ...notes].join(' ');
}

/** The chain of the extension that was asked for; else the gravest cause alone. What holds the whole node goes first. */
function mainChain(causes: readonly Finding[], extension: string | undefined): Finding[] {
  const [gravest] = byGravity(causes);
  if (gravest === undefined) return [];
  if (extension === undefined || gravest.extension === undefined) return [gravest];
  const first = causes.findIndex((cause) => cause.extension === extension);
  return first < 0 ? [gravest] : causes.slice(first).filter((cause) => cause.extension !== undefined);
}

/** `it waits for Y, which is parked since …`. */
function linked(chain: readonly Finding[], node: string, extension: string | undefined): string {
  return chain
    .map(({ subject, predicate, ...finding }, index) => {
      if (index > 0) return `which ${predicate}`;
      const isMeant = subject === node || (extension !== undefined && finding.extension === extension);
      return `${isMeant ? 'it' : subject} ${predicate}`;
    })
    .join(', ');
}

function lead({ node, view, proven }: NodeExplanation, { goal, extension, facts }: Asked): string {
  if (view === undefined) return `${node} has not enrolled`;
  if (view.state === 'retired') return `${node} is retired, and nothing is expected of it`;
  if (extension === undefined)
    return proven ? `${node} has ${everything(goal)}${age(view.provenAtMs, facts)}` : notAsWanted(node, goal);
  const target = goal.targets.get(extension);
  const wanted = target !== undefined && target.trees.some((tree) => tree !== 'absent');
  if (!wanted)
    return proven ? `${node} does not have ${extension}, as it should be` : `${node} is not rid of ${extension}`;
  const what = `${versionOf(extension, goal, facts)} (revision ${changedBy(extension, goal, facts)})`;
  return proven ? `${node} has ${what}${age(view.provenAtMs, facts)}` : `${node} does not have ${what}`;
}

function everything({ whole, revision }: Goal): string {
  return whole ? `everything of revision ${revision}` : `what revision ${revision} brought`;
}

function notAsWanted(node: string, { whole, revision }: Goal): string {
  return whole
    ? `${node} is not as revision ${revision} wants it`
    : `${node} does not have what revision ${revision} brought`;
}

function age(provenAtMs: number | undefined, { nowMs }: WhyFacts): string {
  return provenAtMs === undefined ? '' : `, proven ${duration(nowMs - provenAtMs)} ago`;
}

function versionOf(extension: string, { targets }: Goal, { columns }: WhyFacts): string {
  const column = columns.get(extension);
  const meant = targets.get(extension)?.trees.some((tree) => tree !== 'absent' && tree.sha256 === column?.sha256);
  return column !== undefined && meant === true ? `${extension} ${column.version}` : extension;
}

function changedBy(extension: string, goal: Goal, { columns }: WhyFacts): number {
  return goal.whole ? (columns.get(extension)?.revision ?? goal.revision) : goal.revision;
}

function also(others: readonly Finding[]): string[] {
  const told = others
    .slice(0, MAX_MORE)
    .map((finding) => `Also, ${sentence(`${finding.subject} ${finding.predicate}`)}`);
  return others.length <= MAX_MORE ? told : [...told, 'And other causes.'];
}

/** A sentence of its own. */
export function alone({ subject, predicate }: Finding): string {
  const text = `${subject} ${predicate}`;
  return sentence(text);
}
