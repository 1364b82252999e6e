import type { NodePlan } from '@muster/contracts';
import type { RevisionRef, WantedExtension } from '../ports.js';
import type { Plan } from './step.js';

export interface PlanDescription {
  readonly node: string;
  readonly head: RevisionRef;
  readonly plan: Plan;
  /** What was asked about. */
  readonly named: ReadonlySet<string>;
  /** Bytes to be fetched from outside, by zip. */
  readonly costs: ReadonlyMap<string, number>;
}

/** A plan as people and replays are told it, names sorted. What is held back is in none of its lists, nor skipped. Pure. */
export function describePlan({ node, head, plan, named, costs }: PlanDescription): NodePlan {
  const { steps, held } = plan;
  const namesOf = (...kinds: string[]): string[] =>
    steps
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ name }) => name)
      .sort();
  const concerned = new Set([...steps, ...held.map(({ step }) => step)].map(({ name }) => name));
  return {
    node,
    revision: head.revision,
    chain: head.chain,
    install: namesOf('install', 'replace'),
    remove: namesOf('remove'),
    deploy: namesOf('adopt', 'redeploy'),
    skip: [...named].filter((name) => !concerned.has(name)).length,
    bytes: broughtBy(plan).reduce((sum, { sha256 }) => sum + (costs.get(sha256) ?? 0), 0),
  };
}

/** Whose packages a plan needs, in the order in which they are fetched. */
export function broughtBy({ steps }: Plan): WantedExtension[] {
  return steps.flatMap((step) => (step.kind === 'install' || step.kind === 'replace' ? [step.wanted] : []));
}
