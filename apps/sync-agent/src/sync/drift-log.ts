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

/** The latest corrections, newest first, and what has been told already. */
export class DriftLog {
  private entries: readonly Drift[] = [];
  private readonly told = new Set<string>();

  get latest(): readonly Drift[] {
    return this.entries;
  }

  /** Keeps what is news among all that is found now: drift that stays, because its repair fails, is told once. */
  tell(found: ReadonlyMap<string, string>, at: Date): ReadonlyMap<string, string> {
    const news = new Map([...found].filter(([extension]) => !this.told.has(extension)));
    this.told.clear();
    for (const extension of found.keys()) this.told.add(extension);
    for (const [extension, words] of news) {
      this.entries = [{ extension, found: words, at: at.toISOString() }, ...this.entries].slice(0, KEPT);
    }
    return news;
  }

  /** They were put right: whatever is found there from now on is news, though it came before anybody looked. */
  putRight(extensions: Iterable<string>): void {
    for (const extension of extensions) this.told.delete(extension);
  }

  /** Whatever is found next is news. */
  forget(): void {
    this.told.clear();
  }
}
