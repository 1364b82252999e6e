import type { NodeExtensions } from '@muster/contracts';
import { request, type Cluster } from './cluster.js';
import type { GraphPackage } from './dependency-graph.js';

/** Asks every node for its extensions all the time: one that stands there without what it needs is a finding. */
export function watchDependencies(cluster: Cluster, packages: readonly GraphPackage[]) {
  const needs = new Map(packages.map((one) => [one.name, one.needs]));
  const findings: string[] = [];
  const ending = new AbortController();
  let [polls, partial] = [0, 0];
  const look = async (node: string): Promise<void> => {
    const { body } = await request<NodeExtensions>(`${cluster.agentUrl(node)}/extensions`);
    const standing = new Set(body.extensions.filter(({ version }) => version !== undefined).map(({ name }) => name));
    polls += 1;
    if (standing.size > 0 && standing.size < packages.length) partial += 1;
    for (const name of standing) {
      const missing = (needs.get(name) ?? []).filter((needed) => !standing.has(needed));
      if (missing.length > 0) findings.push(`${node} shows ${name} without ${missing.join(', ')}`);
    }
  };
  const running = (async () => {
    while (!ending.signal.aborted) await Promise.all(cluster.nodeIds.map(look));
  })();
  return {
    /** How often a node was asked, and how often it had some of the packages and not all. */
    counts: () => ({ polls, partial }),
    stop: async (): Promise<string[]> => {
      ending.abort();
      await running;
      return findings;
    },
  };
}
