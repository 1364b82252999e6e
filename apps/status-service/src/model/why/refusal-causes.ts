import type { Refusal } from '../facts.js';
import type { Finding } from './finding.js';
import type { Rival, WhyFacts } from './why-facts.js';
import { clockTime, quoted, since } from './wording.js';

/** Agents that claim what is another's: those who were refused it, and those who go on beside each other. */
export function refusalCauses(node: string, { refusals, rivals, nowMs }: WhyFacts): Finding[] {
  const refused = refusals
    .filter((refusal) => refusal.node === node || refusal.holder === node)
    .map((refusal) => (refusal.code === 'node-id-in-use' ? duplicated(refusal, nowMs) : shared(refusal, nowMs)));
  const rival = rivals.get(node);
  return rival === undefined || refused.some(({ cause }) => cause === 'node-id-duplicated')
    ? refused
    : [...refused, reporting(node, rival, nowMs)];
}

function duplicated({ node, claimant, detail, atMs }: Refusal, nowMs: number): Finding {
  return {
    cause: 'node-id-duplicated',
    node,
    subject: node,
    predicate: `is claimed by a second agent, ${claimant}, which was refused at ${clockTime(atMs, nowMs)}: ${quoted(detail)}`,
    sinceMs: atMs,
    waitsFor: claimant,
  };
}

function shared({ node, claimant, holder, detail, atMs }: Refusal, nowMs: number): Finding {
  const whose = holder === undefined ? 'a storage that is not its own' : `the storage of ${holder}`;
  const refused = `${claimant}, was refused at ${clockTime(atMs, nowMs)}: ${quoted(detail)}`;
  return {
    cause: 'storage-shared',
    node,
    subject: node,
    predicate:
      holder === node
        ? `is to share its storage: a second agent, ${refused}`
        : `was given ${whose}: its agent, ${refused}`,
    sinceMs: atMs,
    ...(holder !== undefined && { waitsFor: holder }),
  };
}

function reporting(node: string, { instance, address, sinceMs }: Rival, nowMs: number): Finding {
  const where = address === undefined ? '' : ` at ${address}`;
  return {
    cause: 'node-id-duplicated',
    node,
    subject: node,
    predicate: `is claimed by two agents: a second one${where} (instance ${instance}) reports beside the other ${since(sinceMs, nowMs)}`,
    sinceMs,
    waitsFor: instance,
  };
}
