import type { Step } from '../plan/step.js';
import { needsTree } from './change-of.js';
import { stage } from './stage.js';
import type { StagedTree } from './staged-tree.js';
import type { StagingContext } from './staging-context.js';
import type { SyncGate } from './sync-gate.js';

interface Prepared {
  readonly result: Promise<StagedTree>;
  readonly bytes: number;
}

/**
 * Fetches and stages the next packages, one at a time and in the order of the plan, while the current unit is switched and its
 * hooks run. Bounded in number and in bytes, so the disk is too; what was taken is its taker's, who bounds it as well.
 */
export class StagingPipeline {
  private readonly order: readonly Extract<Step, { kind: 'install' | 'replace' }>[];
  private readonly prepared = new Map<string, Prepared>();
  private readonly skipped = new Set<string>();
  private next = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly context: StagingContext,
    private readonly gate: SyncGate,
    steps: readonly Step[],
  ) {
    this.order = steps.filter(needsTree);
  }

  /** The staged tree of a step; begins to prepare the next ones as well. Throws what went wrong with this one. */
  async take(step: Step): Promise<StagedTree | undefined> {
    this.prepareAhead(step.name);
    const current = this.prepared.get(step.name);
    if (current === undefined) return undefined;
    const tree = await current.result;
    this.prepared.delete(step.name);
    return tree;
  }

  /** A step that will not be taken: its package is not fetched any more, and what is staged of it goes. */
  async skip(step: Step): Promise<void> {
    this.skipped.add(step.name);
    const prepared = this.prepared.get(step.name);
    if (prepared === undefined) return;
    this.prepared.delete(step.name);
    const tree = await prepared.result.catch(() => undefined);
    await tree?.remove();
  }

  async close(): Promise<void> {
    for (const step of this.order) await this.skip(step);
  }

  private prepareAhead(current: string): void {
    const { stageAhead, stageAheadBytes } = this.context.limits;
    for (; this.next < this.order.length; this.next += 1) {
      const step = this.order[this.next];
      if (step === undefined || this.skipped.has(step.name)) continue;
      const ahead = [...this.prepared].filter(([name]) => name !== current);
      const bytes = ahead.reduce((sum, [, one]) => sum + one.bytes, step.wanted.unpackedBytes);
      const isCurrent = step.name === current;
      if (!isCurrent && (ahead.length >= stageAhead || bytes > stageAheadBytes)) return;
      this.prepare(step);
    }
  }

  private prepare(step: Extract<Step, { kind: 'install' | 'replace' }>): void {
    const result = this.last.then(async () => {
      const tree = await stage(this.context, step.wanted);
      this.gate.staged(tree);
      return tree;
    });
    this.last = result.catch(() => undefined);
    this.prepared.set(step.name, { result, bytes: step.wanted.unpackedBytes });
  }
}
