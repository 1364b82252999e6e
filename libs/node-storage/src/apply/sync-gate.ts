import { syncFileSystem } from '../disk/sync-file-system.js';
import type { StagedTree } from './staged-tree.js';
import type { StagingContext } from './staging-context.js';

/** Makes staged trees durable: one `sync -f` serves every tree that was staged before it began, and none that is durable already. */
export class SyncGate {
  private readonly waiting = new Set<StagedTree>();

  constructor(private readonly context: StagingContext) {}

  staged(tree: StagedTree): void {
    if (!tree.durable) this.waiting.add(tree);
  }

  async pass(tree: StagedTree): Promise<void> {
    if (tree.durable) return;
    const served = [...this.waiting];
    await syncFileSystem(this.context.options.storage.stagingArea.path, this.context.limits.syncTimeoutMs);
    for (const one of served) {
      this.waiting.delete(one);
      one.durable = true;
    }
  }
}
