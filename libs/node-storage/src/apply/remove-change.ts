import { rename } from 'node:fs/promises';
import type { DeployedMark } from '../deployed-mark.js';
import { syncDirectory } from '../disk/durable.js';
import { removeTree } from '../disk/remove-tree.js';
import { join } from 'node:path';
import type { Step } from '../plan/step.js';
import { standingMark } from '../tree/local-state.js';
import type { ApplyContext } from './apply-context.js';
import { countAttempts, requireHook, runRecorded, UndoLog, type Change } from './change.js';

export type RemoveStep = Extract<Step, { kind: 'remove' }>;

/**
 * Removes one extension: mark (`removing`) → undeploy hook → rename into the trash → fsync of the parent → mark away. What
 * Muster did not put there has no mark and gets no hook.
 */
export class RemoveChange implements Change {
  phase = 'mark';
  private marked = false;
  private moved = false;
  private hookStarted = false;
  private readonly prior: DeployedMark | undefined;
  private readonly target: string;
  private readonly trash: string;

  constructor(
    private readonly context: ApplyContext,
    private readonly step: RemoveStep,
  ) {
    this.prior = standingMark(step.local);
    // The name of a foreign directory is no extension's name; it was read from the directory that it stands in.
    this.target = join(context.options.storage.layout.extensions, step.name);
    this.trash = context.trashPath('removed');
  }

  async run(): Promise<void> {
    await this.place();
  }

  async place(): Promise<void> {
    const { context, step, prior } = this;
    const { storage } = context.options;
    context.report(step.name, 'removing');
    if (prior !== undefined) await this.undeploy(prior);
    this.phase = 'switch';
    if (step.local.tree !== undefined) {
      await rename(this.target, this.trash);
      this.moved = true;
      await syncDirectory(storage.layout.extensions);
      await syncDirectory(storage.trash.path);
    }
    this.phase = 'mark';
    if (prior !== undefined) await storage.marks.remove(step.name);
    context.report(step.name, 'in-sync');
  }

  async complete(): Promise<void> {
    // Its hook ran before its switch.
  }

  async undo(): Promise<readonly string[]> {
    const log = new UndoLog();
    const { context, step, prior } = this;
    const { storage } = context.options;
    if (this.moved) {
      await log.take(`put ${step.name} ${prior?.version ?? '(not ours)'} back`, async () => {
        await rename(this.trash, this.target);
        await syncDirectory(storage.layout.extensions);
        await syncDirectory(storage.trash.path);
      });
    }
    if (prior === undefined || !this.marked) return log.lines;
    const again: DeployedMark = { ...prior, state: 'installing', hook: 'pending', attempts: 1 };
    if (!this.hookStarted) {
      await log.take(`restored the mark of ${step.name}`, () => storage.marks.write(prior));
      return log.lines;
    }
    await log.take(`ran the deploy hook of ${step.name} ${prior.version}`, async () => {
      await storage.marks.write(again);
      requireHook(await runRecorded(context, 'deploy', again, prior.revision));
    });
    return log.lines;
  }

  async committed(): Promise<void> {
    // Nothing of it is left that could name a revision.
  }

  async finish(): Promise<void> {
    await removeTree(this.trash);
  }

  private async undeploy(prior: DeployedMark): Promise<void> {
    const { context } = this;
    const { policy, storage, wanted } = context.options;
    this.phase = 'mark';
    const interrupted = prior.state === 'removing' ? prior : undefined;
    const attempts = (await countAttempts(context, interrupted)) + 1;
    this.marked = true;
    if (interrupted?.hook === 'done') return;
    const leaving: DeployedMark = {
      ...prior,
      state: 'removing',
      hook: 'pending',
      attempts,
      at: new Date().toISOString(),
    };
    await storage.marks.write(leaving);
    this.phase = 'turn';
    await context.turn.confirm(this.step);
    this.phase = 'hook';
    this.hookStarted = true;
    const revision = policy.kind === 'back-out' ? policy.expectedRevision : wanted.revision;
    requireHook(await runRecorded(context, 'undeploy', leaving, revision));
  }
}
