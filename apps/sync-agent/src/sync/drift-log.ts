import type { Drift } from '@muster/contracts';
import { treeFault } from '@muster/node-storage';
import type { LocalExtension, LocalState, WantedExtension } from '@muster/node-storage';

const KEPT = 20;

/** What the disk holds in place of the package that was put there, in words; undefined where it is as it was left. */
export function driftOf(wanted: WantedExtension, local: LocalExtension | undefined): string | undefined {
  const mark = local?.mark;
  // Another version, or one that is only half switched, is a change under way and no drift.
  if (mark?.state !== 'installed' || mark.sha256 !== wanted.sha256) return undefined;
  const tree = local?.tree;
  if (tree === undefined) return `the directory of version ${wanted.version} is gone`;
  if (!('digest' in tree)) return treeFault(tree);
  if (tree.digest === wanted.treeDigest) return undefined;
  return `the directory holds something else than version ${wanted.version}: its tree digest is ${tree.digest.slice(0, 12)}… and not ${wanted.treeDigest.slice(0, 12)}…`;
}

/** Everything that has drifted, by extension. */
export function findDrift(wanted: readonly WantedExtension[], local: LocalState): Map<string, string> {
  const found = new Map<string, string>();
  for (const extension of wanted) {
    const drift = driftOf(extension, local.extensions.get(extension.name));
    if (drift !== undefined) found.set(extension.name, drift);
  }
  return found;
}

/** The latest corrections, newest first. */
export class DriftLog {
  private entries: readonly Drift[] = [];

  get latest(): readonly Drift[] {
    return this.entries;
  }

  add(extension: string, found: string, at: Date): void {
    this.entries = [{ extension, found, at: at.toISOString() }, ...this.entries].slice(0, KEPT);
  }
}
