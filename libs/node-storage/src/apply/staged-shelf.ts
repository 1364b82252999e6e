import type { StagedTree } from './staged-tree.js';

/**
 * Trees that stand staged between two applies of one process, by the zip's sha256: while their node waits for its turn, or for
 * a revision that is still to be made.
 */
export class StagedShelf {
  private readonly trees = new Map<string, StagedTree>();

  get isEmpty(): boolean {
    return this.trees.size === 0;
  }

  /** The tree stays where it is. */
  get(sha256: string): StagedTree | undefined {
    return this.trees.get(sha256);
  }

  /** The tree is the caller's again. */
  take(sha256: string): StagedTree | undefined {
    const tree = this.trees.get(sha256);
    this.trees.delete(sha256);
    return tree;
  }

  async put(sha256: string, tree: StagedTree): Promise<void> {
    const before = this.trees.get(sha256);
    this.trees.set(sha256, tree);
    if (before !== undefined && before !== tree) await before.remove();
  }

  /** Removes all but these. */
  async retain(sha256s: ReadonlySet<string>): Promise<void> {
    for (const [sha256, tree] of this.trees) {
      if (sha256s.has(sha256)) continue;
      this.trees.delete(sha256);
      await tree.remove();
    }
  }
}
