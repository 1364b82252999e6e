import { existsSync } from 'node:fs';
import type { NodeExtensions, ReportedExtension } from '@muster/contracts';
import { request, type Cluster } from './cluster.js';
import type { GraphPackage } from './dependency-graph.js';
import { extensionsIn } from './disk.js';

/**
 * Asks every node for its extensions, and looks at its disk, all the time: one that stands there without what it needs is a
 * finding. Packages may only come, or only go, between two looks.
 */
export function watchDependencies(cluster: Cluster, packages: readonly GraphPackage[]) {
  const needs = new Map(packages.map((one) => [one.name, one.needs]));
  const findings: string[] = [];
  const ending = new AbortController();
  let [looks, partial] = [0, 0];

  const judge = (
    who: string,
    standing: ReadonlySet<string>,
    isSure: (name: string, needed: string) => boolean,
  ): void => {
    looks += 1;
    if (standing.size > 0 && standing.size < packages.length) partial += 1;
    for (const name of standing) {
      const missing = (needs.get(name) ?? []).filter((needed) => !standing.has(needed) && isSure(name, needed));
      if (missing.length > 0) findings.push(`${who} has ${name} without ${missing.join(', ')}`);
    }
  };
  const look = async (node: string): Promise<void> => {
    const { body } = await request<NodeExtensions>(`${cluster.agentUrl(node)}/extensions`);
    const shown = new Set(body.extensions.filter(isShown).map(({ name }) => name));
    judge(`GET /extensions of ${node}`, shown, () => true);
    const stands = (name: string): boolean => existsSync(cluster.extension(node, name));
    // A directory is not listed in one moment: what its listing lacks may have come, or both may have gone, since.
    const isSure = (name: string, needed: string): boolean => !stands(needed) && stands(name) && !stands(needed);
    judge(`the disk of ${node}`, new Set(extensionsIn(cluster.storage(node))), isSure);
  };
  const running = (async () => {
    while (!ending.signal.aborted) await Promise.all(cluster.nodeIds.map(look));
  })();
  return {
    /** How often it looked, and how often there were some of the packages and not all. */
    counts: () => ({ looks, partial }),
    stop: async (): Promise<string[]> => {
      ending.abort();
      await running;
      return findings;
    },
  };
}

/**
 * What is on a node's disk is told as of its last look. While it works, `in-sync` says of one that is wanted that it has come;
 * one that is not wanted stands until its turn comes. (Afterwards its old version is told on until the next look.)
 */
function isShown({ state, version, wantedVersion }: ReportedExtension): boolean {
  if (wantedVersion !== undefined) return version !== undefined || state === 'in-sync';
  return version !== undefined && state === 'queued';
}
