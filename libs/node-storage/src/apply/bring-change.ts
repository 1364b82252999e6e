import { rename } from 'node:fs/promises';
import { MARK_VERSION, type DeployedMark } from '../deployed-mark.js';
import { TREE_DIGEST_VERSION } from '@muster/contracts';
import { syncDirectory } from '../disk/durable.js';
import { native } from '../disk/native.js';
import type { Step } from '../plan/step.js';
import type { RevisionRef } from '../ports.js';
import { standingMark } from '../tree/local-state.js';
import type { ApplyContext } from './apply-context.js';
import { countAttempts, requireHook, runRecorded, UndoLog, type Change } from './change.js';
import type { StagedTree } from './staged-tree.js';

export type BringStep = Exclude<Step, { kind: 'remove' }>;

/**
 * Brings one extension: mark (`installing`) → rename or exchange → fsync of the parent → deploy hook → mark (`installed`).
 * With no staged tree the right one stands there already, and only its hook runs.
 *
 * After an exchange the staged tree's path holds the previous tree, until `finish`.
 */
export class BringChange implements Change {
  phase = 'mark';
  private marked = false;
  private switched = false;
  private hookStarted = false;
  private mark: DeployedMark | undefined;
  private readonly prior: DeployedMark | undefined;

  constructor(
    private readonly context: ApplyContext,
    private readonly step: BringStep,
    private readonly staged: StagedTree | undefined,
  ) {
    this.prior = step.local && standingMark(step.local);
  }

  async run(): Promise<void> {
    await this.place();
    await this.complete();
  }

  async place(): Promise<void> {
    this.phase = 'mark';
    this.mark = await this.newMark();
    this.marked = true;
    await this.context.options.storage.marks.write(this.mark);
    if (this.staged !== undefined) await this.switchIn(this.staged);
  }

  async complete(): Promise<void> {
    const { context, step, mark } = this;
    const { policy } = context.options;
    if (mark === undefined) throw new Error(`the hook of ${step.name} was to run before its switch`);
    this.phase = 'turn';
    await context.turn.confirm(step);
    this.phase = 'hook';
    this.hookStarted = true;
    const revision = policy.kind === 'back-out' ? policy.expectedRevision : step.wanted.revision;
    requireHook(await runRecorded(context, 'deploy', mark, revision));
    context.report(step.name, 'in-sync');
  }

  async undo(): Promise<readonly string[]> {
    const log = new UndoLog();
    if (this.staysForRepair()) return log.lines;
    const { name } = this.step;
    const { marks } = this.context.options.storage;
    const { mark, prior } = this;
    const first = prior === undefined || this.step.local?.tree === undefined;
    if (this.hookStarted && first && mark !== undefined) {
      await log.take(`ran the undeploy hook of ${name} ${mark.version}`, async () => {
        const leaving: DeployedMark = { ...mark, state: 'removing', hook: 'pending', attempts: 1 };
        await marks.write(leaving);
        requireHook(await runRecorded(this.context, 'undeploy', leaving, mark.revision));
      });
    }
    if (this.switched && this.staged !== undefined) await this.switchBack(log, this.staged);
    if (this.marked) await this.restoreMark(log);
    return log.lines;
  }

  async committed(ref: RevisionRef): Promise<void> {
    const { marks } = this.context.options.storage;
    const { catalogId, revision, chain } = ref;
    const mark = await marks.read(this.step.name);
    if (mark !== undefined) await marks.write({ ...mark, catalogId, revision, chain });
  }

  async finish(): Promise<void> {
    await this.staged?.remove();
  }

  /** A repair of the version that was deployed: what it replaced is nothing to go back to. */
  private staysForRepair(): boolean {
    if (this.context.options.policy.kind === 'back-out') return false;
    if (this.phase !== 'hook') return false;
    if (this.staged === undefined) return true;
    return this.prior?.sha256 === this.step.wanted.sha256 && this.prior.state === 'installed';
  }

  private async newMark(): Promise<DeployedMark> {
    const { context, step, prior } = this;
    const { name, version, sha256, treeDigest, dependsOn } = step.wanted;
    const { mark } = step.local ?? {};
    const { order } = context.options;
    const interrupted = mark?.state === 'installing' && mark.sha256 === sha256 ? mark : undefined;
    const attempts = (await countAttempts(context, interrupted)) + 1;
    const previous = prior === undefined || prior === interrupted ? undefined : withoutPrevious(prior);
    return {
      markVersion: MARK_VERSION,
      name,
      version,
      sha256,
      treeDigest,
      treeDigestVersion: TREE_DIGEST_VERSION,
      dependsOn,
      ...context.base,
      state: 'installing',
      hook: 'pending',
      attempts,
      at: new Date().toISOString(),
      ...(order !== undefined && { order }),
      ...(previous && { previous }),
    };
  }

  private async switchIn(staged: StagedTree): Promise<void> {
    const { name, local } = this.step;
    const { layout } = this.context.options.storage;
    this.phase = 'switch';
    this.context.report(name, 'installing');
    if (local?.tree === undefined) await rename(staged.path, layout.extension(name));
    else await native.swap(staged.path, layout.extension(name));
    this.switched = true;
    await this.syncParents();
  }

  private async switchBack(log: UndoLog, staged: StagedTree): Promise<void> {
    const { name, wanted, local } = this.step;
    const target = this.context.options.storage.layout.extension(name);
    const back = local?.tree !== undefined;
    const what = back
      ? `put ${name} ${this.prior?.version ?? '(not ours)'} back`
      : `took ${name} ${wanted.version} away`;
    await log.take(what, async () => {
      if (back) await native.swap(staged.path, target);
      else await rename(target, staged.path);
      await this.syncParents();
    });
  }

  private async restoreMark(log: UndoLog): Promise<void> {
    const { context, prior, step } = this;
    const { marks } = context.options.storage;
    const now = await marks.read(step.name).catch(() => undefined);
    if (JSON.stringify(now) === JSON.stringify(prior)) return;
    if (prior === undefined) {
      await log.take(`removed the mark of ${step.name}`, () => marks.remove(step.name));
    } else if (!this.hookStarted || step.local?.tree === undefined) {
      await log.take(`restored the mark of ${step.name}`, () => marks.write(prior));
    } else {
      await log.take(`ran the deploy hook of ${step.name} ${prior.version}`, async () => {
        const again: DeployedMark = { ...prior, state: 'installing', hook: 'pending', attempts: 1 };
        await marks.write(again);
        requireHook(await runRecorded(context, 'deploy', again, prior.revision));
      });
    }
  }

  /** Both: where renames are not journaled, a tree could otherwise stand in two places after a power cut. */
  private async syncParents(): Promise<void> {
    const { layout, stagingArea } = this.context.options.storage;
    await syncDirectory(layout.extensions);
    await syncDirectory(stagingArea.path);
  }
}

function withoutPrevious(mark: DeployedMark): DeployedMark {
  const bare = { ...mark };
  delete (bare as { previous?: unknown }).previous;
  return bare;
}
